#include "net/request_parser.h"

#include <gtest/gtest.h>

#include "net/plain_head.h"

namespace net {
namespace {

struct Parsed {
  int refusal = 0;
  bool failed = false;
  bool done = false;
  Request request;
  std::string rest;
};

// Parses `bytes` as a connection would that got them all at once.
void Parse(std::string bytes, const Limits& limits, Parsed& parsed) {
  std::size_t end = FindHeadEnd(bytes, 0);
  ASSERT_NE(end, 0u);
  parsed.request.head = bytes.substr(0, end);
  bytes.erase(0, end);
  RequestParser parser(parsed.request, limits);
  parsed.refusal = parser.ParseHead();
  while (parsed.refusal == 0 && !parser.is_done() && !parsed.failed && !bytes.empty()) {
    std::size_t taken = parser.ParseBody(bytes, parsed.failed);
    bytes.erase(0, taken);
    if (taken == 0) break;
  }
  parsed.done = parsed.refusal == 0 && parser.is_done();
  parsed.rest = bytes;
}

class RequestParserTest : public testing::Test {
 protected:
  int RefusalOf(const std::string& bytes) {
    Parsed parsed;
    Parse(bytes, limits_, parsed);
    return parsed.refusal;
  }

  Limits limits_;
};

TEST_F(RequestParserTest, ReadsARequestAndLeavesTheNext) {
  Parsed parsed;
  Parse("POST /v4/x?a=b HTTP/1.1\r\nHost: h\r\ncontent-LENGTH: 5\r\n\r\nhelloGET /", limits_,
        parsed);
  EXPECT_TRUE(parsed.done);
  EXPECT_EQ(parsed.request.method, "POST");
  EXPECT_EQ(parsed.request.target, "/v4/x?a=b");
  EXPECT_EQ(parsed.request.Field("HOST"), "h");
  EXPECT_EQ(parsed.request.Field("none"), "");
  EXPECT_EQ(parsed.request.body, "hello");
  EXPECT_EQ(parsed.rest, "GET /");
}

TEST_F(RequestParserTest, ReadsAChunkedBody) {
  Parsed parsed;
  Parse(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
      limits_, parsed);
  EXPECT_TRUE(parsed.done);
  EXPECT_EQ(parsed.request.body, "abcde");
}

TEST_F(RequestParserTest, ReadsAChunkedBodyThatComesByteByByte) {
  for (std::string_view bytes : {"0\r\n\r\n", "2\r\nab\r\n0\r\nX: y\r\n\r\n"}) {
    Request request;
    request.head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    RequestParser parser(request, limits_);
    ASSERT_EQ(parser.ParseHead(), 0);
    std::string buffer;
    for (char c : bytes) {
      EXPECT_FALSE(parser.is_done());
      buffer += c;
      bool failed = false;
      buffer.erase(0, parser.ParseBody(buffer, failed));
      EXPECT_FALSE(failed);
    }
    EXPECT_TRUE(parser.is_done()) << bytes;
  }
}

TEST_F(RequestParserTest, IgnoresTrailers) {
  Parsed parsed;
  Parse(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n0\r\nHost: other\r\nX: y\r\n\r\n",
      limits_, parsed);
  EXPECT_TRUE(parsed.done);
  EXPECT_EQ(parsed.request.fields.size(), 2u);
  EXPECT_EQ(parsed.request.Field("X"), "");
}

TEST_F(RequestParserTest, TakesTheAbsoluteFormOfATarget) {
  Parsed parsed;
  Parse("GET http://other:80/v4/x?y HTTP/1.1\r\nHost: h\r\n\r\n", limits_, parsed);
  EXPECT_EQ(parsed.request.target, "/v4/x?y");
}

TEST_F(RequestParserTest, RefusesWhatCouldSmuggleARequest) {
  const std::string start = "POST / HTTP/1.1\r\n";
  EXPECT_EQ(RefusalOf(start + "\r\n"), 400) << "no Host";
  EXPECT_EQ(RefusalOf(start + "Host: a\r\nHost: a\r\n\r\n"), 400);
  const std::string host = start + "Host: h\r\n";
  EXPECT_EQ(RefusalOf(host + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf(host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf(host + "Content-Length: 3, 3\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf(host + "Content-Length: +3\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf(host + "Content-Length: 0x3\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf(host + "Content-Length: 99999999999999999999\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf(host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf(host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf(host + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf(host + "Transfer-Encoding: xchunked\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf(host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
            400);
  EXPECT_EQ(RefusalOf(host + "X: a\r\n b\r\n\r\n"), 400) << "folded";
  EXPECT_EQ(RefusalOf(start + "Host: h\nX: y\r\n\r\n"), 400) << "bare LF";
  EXPECT_EQ(RefusalOf(host + "X : y\r\n\r\n"), 400) << "blank before the colon";
  EXPECT_EQ(RefusalOf("GET  / HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET x HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET / HTTP/1.0\r\n\r\n"), 0) << "1.0 needs no Host";
}

TEST_F(RequestParserTest, BoundsTheNumberOfFields) {
  std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (std::size_t i = 1; i < limits_.max_fields; ++i) bytes += "X: y\r\n";
  EXPECT_EQ(RefusalOf(bytes + "\r\n"), 0);
  EXPECT_EQ(RefusalOf(bytes + "X: y\r\n\r\n"), 431);
}

TEST_F(RequestParserTest, ReadsABodyThatIsTooLargeWithoutKeepingIt) {
  limits_.max_body_bytes = 4;
  for (std::string bytes : {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
                            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "4\r\nhell\r\n1\r\no\r\n0\r\n\r\n"}) {
    Parsed parsed;
    Parse(bytes, limits_, parsed);
    EXPECT_TRUE(parsed.done);
    EXPECT_TRUE(parsed.request.body_too_large);
    EXPECT_EQ(parsed.request.body, "");
  }
}

TEST_F(RequestParserTest, RefusesChunksThatAreNotHexadecimal) {
  Parsed parsed;
  Parse("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", limits_,
        parsed);
  EXPECT_TRUE(parsed.failed);
}

// What the quick look makes of a head, and what Beast makes of the same one: a field that says what
// the connection is for sends it there.
void CompareWithBeast(const std::string& head) {
  Limits limits;
  Request plain;
  plain.head = head;
  auto length = ReadPlainHead(plain, limits.max_fields);
  if (!length) return;
  Request full;
  full.head = head.substr(0, head.size() - 2) + "Connection: keep-alive\r\n\r\n";
  RequestParser parser(full, limits);
  ASSERT_EQ(parser.ParseHead(), 0) << head;
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_EQ(plain.method, full.method) << head;
  EXPECT_EQ(plain.target, full.target) << head;
  ASSERT_EQ(full.fields.back().first, "Connection");
  full.fields.pop_back();
  EXPECT_EQ(plain.fields, full.fields) << head;
  ASSERT_EQ(parser.is_done(), *length == 0);
  if (*length == 0) return;
  bool failed = false;
  std::string body(*length, 'x');
  EXPECT_EQ(parser.ParseBody(body + "y", failed), *length) << head;
  EXPECT_TRUE(parser.is_done());
}

TEST(PlainHead, IsReadAsBeastReadsIt) {
  const std::string head =
      "POST /v4/x?a=b%20 HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nX-Y:  z z \r\n"
      "content-LENGTH: 12\r\n\r\n";
  Request request;
  request.head = head;
  EXPECT_EQ(ReadPlainHead(request, 100), 12u);
  EXPECT_EQ(request.Field("x-y"), "z z");
  CompareWithBeast(head);
  // Every byte in the place of every other, and one more or one less anywhere.
  for (std::size_t at = 0; at + 4 < head.size(); ++at) {
    std::string less = head;
    CompareWithBeast(less.erase(at, 1));
    for (int byte = 0; byte < 256; ++byte) {
      std::string other = head;
      other[at] = static_cast<char>(byte);
      CompareWithBeast(other);
      std::string more = head;
      CompareWithBeast(more.insert(at, 1, static_cast<char>(byte)));
    }
  }
}

TEST(PlainHead, IsNoneThatSaysMore) {
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (const char* field :
       {"Connection: close", "Transfer-Encoding: chunked", "Expect: 100-continue", "TE: trailers",
        "Upgrade: websocket", "Content-Length: 1\r\nContent-Length: 1", "Host: h", "X: \x01",
        "X : y", "Content-Length: -1", "X: y\r\n z"}) {
    Request request;
    request.head = start + field + "\r\n\r\n";
    EXPECT_EQ(ReadPlainHead(request, 100), std::nullopt) << field;
    EXPECT_TRUE(request.fields.empty());
  }
}

TEST(HeadEnd, IsFoundWhereverTheReadsCutIt) {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    EXPECT_EQ(FindHeadEnd(head.substr(0, cut), 0), 0u);
    EXPECT_EQ(FindHeadEnd(head, cut), head.size()) << cut;
  }
  EXPECT_TRUE(HasBareLineFeed("GET / HTTP/1.1\nHost: h\n", 0));
  EXPECT_FALSE(HasBareLineFeed(head, 0));
}

}  // namespace
}  // namespace net
