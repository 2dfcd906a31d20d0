#include "net/tls_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <string>

#include "net/tls.h"

namespace net {
namespace {

// A server's end of TLS whose socket was closed by its loop, and a stranger's connection that got
// its number: what the stranger has sent is still to be read, and what comes for it is seen at
// `far`.
class ClosedTlsStream : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = testing::TempDir() + "portrait-tls-" + std::to_string(::getpid());
    std::filesystem::create_directories(folder);
    ASSERT_TRUE(MakeSelfSigned(folder + "/certificate.pem", folder + "/key.pem"));
    ASSERT_TRUE(tls_.Load(folder + "/certificate.pem", folder + "/key.pem"));
    std::filesystem::remove_all(folder);

    std::array<int, 2> own{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, own.data()), 0);
    tcp::socket socket(context_);
    socket.assign(tcp::v4(), own[0]);
    ::close(own[1]);
    stream_.emplace(std::move(socket), *tls_.Current());
    boost::system::error_code ignored;
    stream_->lowest_layer().close(ignored);

    std::array<int, 2> strangers{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, strangers.data()), 0);
    far_ = strangers[0] == own[0] ? strangers[1] : strangers[0];
    near_ = own[0];
    if (strangers[0] != own[0]) {
      ASSERT_EQ(::dup2(strangers[1], own[0]), own[0]);
      ::close(strangers[1]);
    }
    ASSERT_EQ(::write(far_, "hello", 5), 5);
  }
  void TearDown() override {
    std::array<char, 64> bytes{};
    EXPECT_EQ(::read(near_, bytes.data(), bytes.size()), 5) << "what the stranger sent is gone";
    EXPECT_EQ(::read(far_, bytes.data(), bytes.size()), -1) << "the stranger was sent something";
    ::close(near_);
    ::close(far_);
  }

  // The outcome of an operation that is started with a callback.
  template <class Start>
  boost::system::error_code Outcome(Start start) {
    boost::system::error_code outcome;
    start([&outcome](boost::system::error_code error, auto...) { outcome = error; });
    context_.restart();
    context_.run();
    return outcome;
  }

  asio::io_context context_;
  TlsContext tls_;
  std::optional<TlsStream> stream_;
  int near_ = -1;
  int far_ = -1;
  std::array<char, 16> bytes_{};
};

TEST_F(ClosedTlsStream, HandshakesWithNobody) {
  EXPECT_EQ(Outcome([&](auto done) { stream_->async_handshake(done); }),
            asio::error::operation_aborted);
}

TEST_F(ClosedTlsStream, SaysNoGoodbye) {
  EXPECT_EQ(Outcome([&](auto done) { stream_->async_shutdown(done); }),
            asio::error::operation_aborted);
}

TEST_F(ClosedTlsStream, ReadsNothing) {
  EXPECT_TRUE(
      Outcome([&](auto done) { stream_->async_read_some(asio::buffer(bytes_), done); }).failed());
}

TEST_F(ClosedTlsStream, WritesNothing) {
  EXPECT_EQ(Outcome([&](auto done) { stream_->async_write_some(asio::buffer(bytes_), done); }),
            asio::error::operation_aborted);
  boost::system::error_code error;
  EXPECT_EQ(stream_->write_some(asio::buffer(bytes_), error), 0u);
  EXPECT_EQ(error, asio::error::operation_aborted);
}

}  // namespace
}  // namespace net
