#pragma once

// Reading a configuration file's tables. Private to app/.

#include <toml++/toml.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "net/server.h"
#include "profile/schema.h"

namespace app {

// Reads one table key by key; remembers the first thing wrong and which keys were asked for, so
// that what is left is unknown.
class Table {
 public:
  Table(const toml::table& table, std::string name, const std::string& file, std::string& problem)
      : table_(table), name_(std::move(name)), file_(file), problem_(problem) {}

  void Read(std::string_view key, std::string& value) {
    if (const toml::node* node = Find(key, &toml::node::is_string, "a string")) {
      value = node->as_string()->get();
    }
  }

  void Read(std::string_view key, bool& value) {
    if (const toml::node* node = Find(key, &toml::node::is_boolean, "true or false")) {
      value = node->as_boolean()->get();
    }
  }

  template <class Integer>
  requires std::is_integral_v<Integer>
  void Read(std::string_view key, Integer& value, std::int64_t min, std::int64_t max) {
    const toml::node* node = Find(key, &toml::node::is_integer, "an integer");
    if (node == nullptr) return;
    std::int64_t number = node->as_integer()->get();
    if (number < min || number > max) {
      return Problem(*node, std::string(key) + " must be within " + std::to_string(min) + " to " +
                                std::to_string(max));
    }
    value = static_cast<Integer>(number);
  }

  void Read(std::string_view key, std::vector<std::string>& values) {
    const toml::node* node = Find(key, &toml::node::is_array, "an array of strings");
    if (node == nullptr) return;
    values.clear();
    for (const toml::node& item : *node->as_array()) {
      if (!item.is_string()) return Problem(item, std::string(key) + " must hold strings");
      values.push_back(item.as_string()->get());
    }
  }

  void Read(std::string_view key, profile::Roles& roles) {
    std::vector<std::string> names;
    const toml::node* node = table_.get(key);
    if (node == nullptr) return asked_.insert(std::string(key)), void();
    Read(key, names);
    bool user = false;
    bool admin = false;
    for (const std::string& name : names) {
      if (name != "app" && name != "admin") {
        return Problem(*node, std::string(key) + " may hold \"app\" and \"admin\" only");
      }
      (name == "app" ? user : admin) = true;
    }
    if (!user && !admin) Problem(*node, std::string(key) + " must name someone");
    roles = profile::Roles(user, admin);
  }

  // An address, checked.
  void ReadAddress(std::string_view key, std::string& address) {
    Read(key, address);
    const toml::node* node = table_.get(key);
    if (node == nullptr || address.empty()) return;
    if (auto checked = net::CheckAddress(address); !checked) Problem(*node, checked.error().detail);
  }

  const toml::node* Find(std::string_view key, bool (toml::node::*fits)() const noexcept,
                         const char* what) {
    asked_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr || (node->*fits)()) return node;
    Problem(*node, std::string(key) + " must be " + what);
    return nullptr;
  }

  // After all Reads: what is left is unknown; `note` says where it might not be.
  void Finish(const std::string& note = {}) {
    for (const auto& [key, node] : table_) {
      if (asked_.contains(std::string(key.str()))) continue;
      Problem(node, "unknown key \"" + std::string(key.str()) + "\" in " + name_ + note);
    }
  }

  // A file that is beside the config file, unless its name says where.
  std::string Beside(const std::string& name) const {
    return (std::filesystem::path(file_).parent_path() / name).string();
  }

  void Problem(const toml::node& node, const std::string& what) {
    if (!problem_.empty()) return;
    problem_ = file_ + ':' + std::to_string(node.source().begin.line) + ": " + what;
  }
  void Problem(const std::string& what) { Problem(table_, what); }
  bool IsFine() const { return problem_.empty(); }
  const toml::node* Node(std::string_view key) const { return table_.get(key); }

 private:
  const toml::table& table_;
  std::string name_;
  const std::string& file_;
  std::string& problem_;
  std::set<std::string, std::less<>> asked_;
};

// One of a few words.
template <class Choice>
void ReadChoice(Table& table, std::string_view key,
                std::initializer_list<std::pair<std::string_view, Choice>> choices, Choice& value) {
  std::string word;
  table.Read(key, word);
  if (table.Node(key) == nullptr) return;
  std::string known;
  for (const auto& [name, choice] : choices) {
    if (name == word) return value = choice, void();
    known += (known.empty() ? "\"" : ", \"") + std::string(name) + '"';
  }
  table.Problem(*table.Node(key), std::string(key) + " must be one of " + known);
}

}  // namespace app
