/**
 * Profile notices over long polls (docs/protocol/wire-contract.md §§6.6-6.9, 8), where the golden
 *
 *     node --test tests/js/notices.test.mjs
 *
 * The program is $PORTRAITD, or build/release/portraitd of this checkout.
 */
import "./notices/checklist.mjs";
import "./notices/restart.mjs";
import "./notices/apps.mjs";
import "./notices/backlog.mjs";
import "./notices/crowd.mjs";
