/**
 * docs/openapi.yaml, and the reference page made from it.
 *
 *     npm run build -w web
 *     node --test tests/js/openapi.test.mjs
 */
import "./openapi/contract.mjs";
import "./openapi/page.mjs";
