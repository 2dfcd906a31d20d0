#include "auth/usersig.h"
#include "auth/verified_usersigs.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

// docs/protocol/usersig.md §5
constexpr std::string_view kKey =
    "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
constexpr std::int64_t kIssuedS = 1700000000;
constexpr std::string_view kV1 =
    "eJw1ybEKwjAUheF3ubOUpNRGAi4uGshUM7kV7029tkpISiuK7y409Wzn*z-"
    "g7LmYKIKGshCwWT4jPUf2vHA78JXWkLBvQ2A"
    "ELSuRJ3MZ*UGgpVpVZKVX4Eigd3X1p8QdaNhSNPZuy6azgszhgm83WVS9CwM79NF4dTomz81t3sP3B42eMUg_";
constexpr std::string_view kV2 =
    "eJw9ytEKgjAYBeB3*W8L2bRRDLrToMibZlLdWZvyJ7OxjVFE7x456dyd75w3VHuRBGWBQ5oQmI8dpRo8tjhyIzUO6Lxt-"
    "MNOB"
    "yf7xhiUwOmCxNC4eNQKOF1OSqKqp0H7c8ZY*leHHXB4*"
    "dP5kJuu3yldrW7XEOqtFrOsyNJcXFq2Ke91USpi5XENny9IVTSv";
constexpr std::string_view kV3 =
    "eJw1jcsOgjAURP-"
    "lrg222iA0YeOLKISFEgLsoC1YAYPlEaPx3408ZjfnJDMf8N2r1gsFFFYagsXQJRePVmZywEkpmZhEw4ukri"
    "UHigkag0fTykoAxZuJopGKVy2VAGroZEZdI1TaZf9hO2hS22h56JWsOuM4t6z5R*"
    "ZAwSFxYPdHJ7mF6m0sCTcvhekWzsGLdvrpz"
    "syo36-9DG2fzILvD2AyO7Y_";
constexpr std::string_view kV4 =
    "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBws-"
    "m9r2cvT3eECpXnJKdWFCQmaJkZWhiAAGGEJmSzNxUJStDc6ioAUQ0taI"
    "gsyhVycrMwMQCJlacma5kpVTiHRTg5JcblVOVnVFcYZlvGZDt65*UXViWZJqe4ebsHxYRmepe7h0UlRNqq1QLAGv2NKs_";

class UserSigTest : public testing::Test {
 protected:
  UserSigTest() {
    app_.SetTrust({{std::string(kKey)}, {}});
    other_.SetTrust({{std::string(kKey)}, {}});
  }

  // 0, or the code it was refused with: the same whether it is looked at for the first time or not.
  int Verify(std::string_view usersig, std::string_view identifier,
             std::int64_t now_s = kIssuedS + 100) {
    return Verify(app_, usersig, identifier, now_s);
  }
  int Verify(const App& app, std::string_view usersig, std::string_view identifier,
             std::int64_t now_s = kIssuedS + 100) {
    auto code = [](const auto& claims) {
      return claims ? 0 : static_cast<int>(claims.error().code);
    };
    int first = code(VerifyUserSig(usersig, app, identifier, now_s));
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(code(verified_.Verify(usersig, app, identifier, now_s)), first);
    }
    return first;
  }
  std::string Make(UserSigClaims claims, std::string_view key = kKey) const {
    return MakeUserSig(claims, key);
  }

  App app_{1400000001};
  App other_{1400000002};
  VerifiedUserSigs verified_{1 << 20};
};

TEST_F(UserSigTest, VerifiedBeforeIsHeldToTheKeysAndTheTimeOfNow) {
  EXPECT_EQ(Verify(kV1, "alice"), 0);
  EXPECT_EQ(Verify(kV1, "alice", kIssuedS + 86401), 70001);
  EXPECT_EQ(Verify(kV1, "bob"), 70013);
  EXPECT_EQ(Verify(other_, kV1, "alice"), 70014);
  EXPECT_EQ(Verify(kV1, "alice"), 0);
  app_.SetTrust({{"another key"}, {}});
  EXPECT_EQ(Verify(kV1, "alice"), 70009);
  app_.SetTrust({{"another key", std::string(kKey)}, {}});
  EXPECT_EQ(Verify(kV1, "alice"), 0);
}

TEST_F(UserSigTest, OfTheVectorsAreAccepted) {
  EXPECT_EQ(Verify(kV1, "alice"), 0);
  EXPECT_EQ(Verify(kV2, "administrator"), 0);
  EXPECT_EQ(Verify(kV3, "alice"), 0);
  EXPECT_EQ(Verify(kV4, "李雷_1"), 0);
}

TEST_F(UserSigTest, MadeHereIsWhatTheVectorsHold) {
  struct Vector {
    std::string_view usersig;
    UserSigClaims claims;
  };
  for (const Vector& vector :
       {Vector{kV1, {"alice", 1400000001, kIssuedS, 86400, std::nullopt}},
        Vector{kV2, {"administrator", 1400000001, kIssuedS, 15552000, std::nullopt}},
        Vector{kV3, {"alice", 1400000001, kIssuedS, 86400, "aGVsbG8tdXNlcmJ1Zg=="}},
        Vector{kV4, {"李雷_1", 1400000001, kIssuedS, 604800, std::nullopt}}}) {
    auto theirs = DecodeUserSig(vector.usersig);
    auto ours = DecodeUserSig(Make(vector.claims));
    ASSERT_TRUE(theirs && ours);
    EXPECT_EQ(ours->signature, theirs->signature);
    EXPECT_EQ(ours->version, theirs->version);
    EXPECT_EQ(ours->claims.identifier, theirs->claims.identifier);
    EXPECT_EQ(ours->claims.sdkappid, theirs->claims.sdkappid);
    EXPECT_EQ(ours->claims.time_s, theirs->claims.time_s);
    EXPECT_EQ(ours->claims.expire_s, theirs->claims.expire_s);
    EXPECT_EQ(ours->claims.userbuf, theirs->claims.userbuf);
  }
}

TEST_F(UserSigTest, IsRefusedWithTheDocumentedCode) {
  EXPECT_EQ(Verify(kV1, "bob"), 70013);
  EXPECT_EQ(Verify(other_, kV1, "alice"), 70014);
  EXPECT_EQ(Verify(kV1.substr(0, kV1.size() - 20), "alice"), 70003);
  App changed(1400000001);
  changed.SetTrust({{std::string(kKey.substr(1)) + 'f'}, {}});
  EXPECT_EQ(Verify(changed, kV1, "alice"), 70009);
  changed.SetTrust({{std::string(kKey.substr(1)) + 'f', std::string(kKey)}, {}});
  EXPECT_EQ(Verify(changed, kV1, "alice"), 0) << "any of the keys will do";
  App keyless(1400000001);
  EXPECT_EQ(Verify(keyless, kV1, "alice"), 70016);
  EXPECT_EQ(Verify("", "alice"), 70002);
  EXPECT_EQ(Verify(std::string(4097, 'A'), "alice"), 70003);
  EXPECT_EQ(Verify("not a usersig", "alice"), 70003);
}

TEST_F(UserSigTest, LivesUpToAndIncludingItsLastSecond) {
  EXPECT_EQ(Verify(kV1, "alice", kIssuedS + 86400), 0);
  EXPECT_EQ(Verify(kV1, "alice", kIssuedS + 86401), 70001);
  EXPECT_EQ(Verify(kV1, "alice", kIssuedS - 600), 0);
  EXPECT_EQ(Verify(kV1, "alice", kIssuedS - 601), 70005);
}

TEST_F(UserSigTest, WithOddTimesIsRefusedWithoutOverflow) {
  EXPECT_EQ(Verify(Make({"a", 1400000001, kIssuedS, 0, {}}), "a"), 70005);
  EXPECT_EQ(Verify(Make({"a", 1400000001, kIssuedS, -1, {}}), "a"), 70005);
  EXPECT_EQ(Verify(Make({"a", 1400000001, INT64_MIN, 1, {}}), "a"), 70001);
  EXPECT_EQ(Verify(Make({"a", 1400000001, INT64_MAX, 1, {}}), "a"), 70005);
  EXPECT_EQ(Verify(Make({"a", 1400000001, kIssuedS, INT64_MAX, {}}), "a"), 0);
}

// The signed text is made of lines: one signature must not fit two documents.
TEST_F(UserSigTest, WithALineEndInsideIsRefused) {
  std::string lines = "administrator\nTLS.sdkappid:1400000001\nTLS.time:1700000000";
  EXPECT_EQ(Verify(Make({lines, 1400000001, kIssuedS, 86400, {}}), lines), 70003);
  EXPECT_EQ(Verify(Make({"a", 1400000001, kIssuedS, 86400, "\nTLS.x:1"}), "a"), 70003);
  EXPECT_EQ(Verify(Make({"a", 1400000001, kIssuedS, 86400, "YQ=="}), "a"), 0);
}

TEST_F(UserSigTest, ForgivesMissingPadding) {
  EXPECT_EQ(Verify(kV1.substr(0, kV1.size() - 1), "alice"), 0);
}

TEST_F(UserSigTest, ThatIsCutAnywhereIsRefused) {
  for (std::size_t n = 0; n + 1 < kV1.size(); ++n)
    EXPECT_NE(Verify(kV1.substr(0, n), "alice"), 0) << n;
}

}  // namespace
}  // namespace auth
