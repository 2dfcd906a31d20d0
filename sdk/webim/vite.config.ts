import { defineConfig } from 'vitest/config';

/** One source, three files: for `import`, for `require`, and for a <script> tag. */
const fileNames: Record<string, string> = {
  es: 'webim.js',
  cjs: 'webim.cjs',
  umd: 'webim.umd.js',
};

export default defineConfig({
  // A page that declares no charset would show our Chinese texts garbled.
  esbuild: { charset: 'ascii' },
  build: {
    target: 'es2019',
    sourcemap: true,
    lib: {
      entry: 'src/index.ts',
      name: 'webim',
      formats: ['es', 'cjs', 'umd'],
      fileName: (format) => fileNames[format] ?? format,
    },
  },
  plugins: [
    {
      // The folder dist/cjs holds the same declarations once more: a .d.ts is read as CommonJS or
      // as a module by the package.json nearest to it, and `require` needs the former.
      name: 'declarations-for-require',
      apply: 'build',
      generateBundle() {
        this.emitFile({
          type: 'asset',
          fileName: 'cjs/package.json',
          source: '{ "type": "commonjs" }\n',
        });
      },
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    // Generous: the compiler runs in some tests, and machines that test are often busy.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
