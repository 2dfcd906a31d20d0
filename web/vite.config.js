import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import components from 'unplugin-vue-components/vite';
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers';
import { defineConfig } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// The built page needs no inline script, no eval and no other origin than the one it came from;
// only avatars may come from anywhere. The policy rides in the page, so that it also holds behind a
// proxy. The development server is left out: its hot reload writes inline styles.
const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' http: https: data:",
  "style-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

const policyInPage = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
      injectTo: 'head-prepend',
    },
  ],
};

// docs/openapi.yaml is served beside the reference page, which reads it.
const readDocument = () => readFileSync(here('../docs/openapi.yaml'));
const openApiDocument = {
  name: 'openapi-document',
  configureServer({ middlewares }) {
    middlewares.use('/openapi.yaml', (request, response) => {
      response.setHeader('Content-Type', 'application/yaml; charset=utf-8');
      response.end(readDocument());
    });
  },
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'openapi.yaml', source: readDocument() });
  },
};

// `npm run dev` proxies to a running `portraitd --dev`; PORTRAIT_SERVER overrides its address.
const server = process.env.PORTRAIT_SERVER ?? 'http://127.0.0.1:8480';

export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [
    vue(),
    components({ dirs: [], dts: false, resolvers: [ElementPlusResolver()] }),
    policyInPage,
    openApiDocument,
  ],
  resolve: { alias: { webim: here('../sdk/webim/src/index.ts') } },
  build: {
    outDir: here('../build/web'),
    emptyOutDir: true,
    target: 'es2020',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rollupOptions: { input: [here('index.html'), here('reference.html')] },
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(
      ['/v1', '/v3', '/v4', '/dev'].map((path) => [path, { target: server, changeOrigin: true }]),
    ),
  },
});
