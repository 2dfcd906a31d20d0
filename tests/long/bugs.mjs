/** The bugs that tests/long/mutations.mjs plants, and the tests that must notice each. */

/** What catches bugs: the build's targets it needs, and a command line. */
export const kTests = {
  golden: { targets: ["portraitd"], line: ["node", "tests/js/golden.mjs", "--store", "memory"] },
  notices: { targets: ["portraitd"], line: ["node", "--test", "tests/js/notices.test.mjs"] },
  crash: { targets: ["portraitd", "portraitctl"], line: ["node", "tests/js/crash.mjs", "--cycles", "25", "--seed", "1"] },
  fault: { targets: ["fault_tests"], line: ["env", "FAULT_STRIDE=16", "build/release/fault_tests"] },
};

/** `edits`: [text, what takes its place]; each text stands in the file exactly once. */
export const kBugs = [
  { bug: "a commit is not synced", by: "fault", file: "src/store/committer.cc",
    edits: [["options.sync = true;", "options.sync = false;"]] },
  { bug: "a set is answered before it is committed", by: "crash", file: "src/store/committer.cc",
    edits: [["rocksdb::Status status = group_.Commit();",
      "for (Finish& finish : finishes) finish(nullptr);\n" +
      "  finishes.clear();\n  rocksdb::Status status = group_.Commit();"]] },
  { bug: "a part of a set is stored when another part is refused", by: "golden",
    file: "src/api/portrait_set.cc",
    edits: [["if (!fragment) return tl::unexpected(fragment.error());",
      "if (!fragment) return profile::FieldChange{field, \"\\\"\\\"\"};"]] },
  { bug: "who may write a field is not asked", by: "golden", file: "src/api/portrait_set.cc",
    edits: [["if (!field->writers.Has(caller.role))",
      "if (!field->writers.Has(caller.role) && field->tag.empty())"]] },
  { bug: "any key signs a UserSig", by: "golden", file: "src/auth/usersig.cc",
    edits: [["CRYPTO_memcmp(given.data(), expected.data(), expected.size()) == 0",
      "given.data() != expected.data()"]] },
  { bug: "who guesses locks the owner out as well", by: "golden", file: "src/api/admission.cc",
    edits: [["std::to_string(app.id) + ' ' + call.client_ip + ' ' +",
      "std::to_string(app.id) + ' ' +"]] },
  { bug: "a notice is sent twice", by: "notices", file: "src/api/poll_commands.cc",
    edits: [["auto news = co_await ReadNews(request, std::max(poll.seen_seq, skipped_seq));",
      "auto news = co_await ReadNews(\n" +
      "      request, std::max(poll.seen_seq - (poll.seen_seq > 1 ? 1 : 0), skipped_seq));"]] },
  { bug: "one account more than a hundred is read", by: "golden", file: "src/api/portrait_get.cc",
    edits: [["if (accounts->size() > kMaxAccounts) {", "if (accounts->size() > kMaxAccounts + 1) {"]] },
];
