/**
 * For TypeScript next to a `<script src="webim.umd.js">` tag: declares the global `webim`.
 * Add `"types": ["webim/global"]` to the compiler options, or a reference to it.
 */
import type * as webimModule from './index.js';

declare global {
  const webim: typeof webimModule;
}
