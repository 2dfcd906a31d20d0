/**
 * portraitd as a program, seen from outside: its command line, files, sockets, signals and logs.
 *
 *     node --test tests/js/server.test.mjs
 *
 * The program is $PORTRAITD, or build/release/portraitd of this checkout; the page must be built.
 */
import "./server/ready.mjs";
import "./server/flags.mjs";
import "./server/config.mjs";
import "./server/dev.mjs";
import "./server/tls.mjs";
import "./server/durability.mjs";
import "./server/stop.mjs";
import "./server/http.mjs";
import "./server/refused.mjs";
import "./server/ops.mjs";
import "./server/static.mjs";
import "./server/logs.mjs";
import "./server/reload.mjs";
import "./server/drain.mjs";
import "./server/files.mjs";
