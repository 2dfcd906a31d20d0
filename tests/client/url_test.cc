// The server's address and the encoding of query values.
#include "src/client/url.h"

#include <gtest/gtest.h>

namespace webim::internal {
namespace {

TEST(UrlTest, ReadsSchemeHostPortAndPrefix) {
  EXPECT_EQ(ParseServerUrl("http://127.0.0.1:8480"),
            (ServerUrl{false, "127.0.0.1", "8480", "127.0.0.1:8480", ""}));
  EXPECT_EQ(ParseServerUrl("https://im.example.com"),
            (ServerUrl{true, "im.example.com", "443", "im.example.com", ""}));
  EXPECT_EQ(ParseServerUrl("http://im.example.com:80/"),
            (ServerUrl{false, "im.example.com", "80", "im.example.com", ""}));
  EXPECT_EQ(ParseServerUrl("https://im.example.com/a/b/"),
            (ServerUrl{true, "im.example.com", "443", "im.example.com", "/a/b"}));
  EXPECT_EQ(ParseServerUrl("https://[::1]:8443"),
            (ServerUrl{true, "::1", "8443", "[::1]:8443", ""}));
}

TEST(UrlTest, TakesNothingThatCouldForgeARequest) {
  for (const char* text : {"",
                           "im.example.com",
                           "ftp://im.example.com",
                           "http://",
                           "http://:80",
                           "http://host:",
                           "http://host:0",
                           "http://host:65536",
                           "http://host:8o",
                           "http://host:+80",
                           "http://user@host",
                           "http://host/a?b",
                           "http://host/a#b",
                           "http://host/a b",
                           "http://host\r\nX: y",
                           "http://host/a\r\nX: y",
                           "http://[::1",
                           "http://[::1]80",
                           "http://[]",
                           "http://ho%73t",
                           "HTTP://host"}) {
    EXPECT_EQ(ParseServerUrl(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseServerUrl("http://" + std::string(254, 'a')), std::nullopt);
  EXPECT_NE(ParseServerUrl("http://" + std::string(253, 'a')), std::nullopt);
}

TEST(UrlTest, LeavesTheAlphabetOfUserSigsAlone) {
  EXPECT_EQ(PercentEncode("AZaz09*-_."), "AZaz09*-_.");
}

TEST(UrlTest, EncodesEveryOtherByte) {
  EXPECT_EQ(PercentEncode("a b&c=d/e+f%"), "a%20b%26c%3Dd%2Fe%2Bf%25");
  EXPECT_EQ(PercentEncode("李\r\n"), "%E6%9D%8E%0D%0A");
}

}  // namespace
}  // namespace webim::internal
