/**
 * The page in headless Chromium, against a real portraitd in development mode.
 *
 *     npm run build -w web
 *     node --test tests/js/page.test.mjs
 *
 * UPDATE_SCREENSHOT=1 writes docs/images/page.png, the README's picture, as well.
 */
import "./page/signin.mjs";
import "./page/profile.mjs";
import "./page/search.mjs";
import "./page/reach.mjs";
