/**
 * portraitd as a program, seen from outside: its command line, files, sockets, signals and logs.
 *
 *     node --test tests/js/server.test.mjs
 *
 * The program is $PORTRAITD, or build/release/portraitd of this checkout.
 */
import "./server/ready.mjs";
import "./server/flags.mjs";
import "./server/config.mjs";
