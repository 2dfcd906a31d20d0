#include "tests/fault/fault_file_system.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace fault {
namespace {

namespace fs = std::filesystem;
using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

std::string Contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class SequentialFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  SequentialFile(std::unique_ptr<rocksdb::FSSequentialFile> file, FaultFileSystem& system)
      : FSSequentialFileOwnerWrapper(std::move(file)), system_(system) {}
  IOStatus Read(std::size_t n, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    IOStatus met = system_.Meet(Operation::kRead);
    return met.ok() ? FSSequentialFileWrapper::Read(n, options, result, scratch, debug) : met;
  }

 private:
  FaultFileSystem& system_;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  RandomAccessFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file, FaultFileSystem& system)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), system_(system) {}
  IOStatus Read(std::uint64_t offset, std::size_t n, const IOOptions& options, Slice* result,
                char* scratch, IODebugContext* debug) const override {
    IOStatus met = system_.Meet(Operation::kRead);
    return met.ok() ? FSRandomAccessFileWrapper::Read(offset, n, options, result, scratch, debug)
                    : met;
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t count, const IOOptions& options,
                     IODebugContext* debug) override {
    return FSRandomAccessFile::MultiRead(requests, count, options, debug);  // one by one
  }

 private:
  FaultFileSystem& system_;
};

class WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WritableFile(std::string path, std::unique_ptr<rocksdb::FSWritableFile> file,
               FaultFileSystem& system)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), system_(system) {}
  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    std::size_t size = data.size();
    IOStatus met = system_.Meet(Operation::kWrite, &size);
    if (!met.ok() && size == 0) return met;
    IOStatus done = FSWritableFileWrapper::Append(Slice(data.data(), size), options, debug);
    if (done.ok()) system_.OnAppended(path_, size);
    return met.ok() ? done : met;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    IOStatus met = system_.Meet(Operation::kSync);
    if (met.ok()) system_.OnSynced(path_);
    return met;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  std::string path_;
  FaultFileSystem& system_;
};

class Folder final : public rocksdb::FSDirectoryWrapper {
 public:
  Folder(std::string path, std::unique_ptr<rocksdb::FSDirectory> folder, FaultFileSystem& system)
      : FSDirectoryWrapper(std::move(folder)), path_(std::move(path)), system_(system) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    IOStatus met = system_.Meet(Operation::kSync);
    if (met.ok()) system_.OnFolderSynced(path_);
    return met;
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  std::string path_;
  FaultFileSystem& system_;
};

}  // namespace

FaultFileSystem::FaultFileSystem(std::optional<Plan> plan)
    : FileSystemWrapper(FileSystem::Default()), plan_(plan) {}

bool FaultFileSystem::HasFailed() const {
  std::lock_guard lock(mutex_);
  return has_failed_;
}

void FaultFileSystem::Arm(Plan plan) {
  std::lock_guard lock(mutex_);
  plan_ = plan;
  count_ = 0;
}

void FaultFileSystem::Die() {
  std::lock_guard lock(mutex_);
  is_dead_ = true;
}

void FaultFileSystem::Heal() {
  std::lock_guard lock(mutex_);
  plan_.reset();
}

IOStatus FaultFileSystem::Meet(Operation operation, std::size_t* size) {
  std::lock_guard lock(mutex_);
  if (is_dead_ && operation != Operation::kRead) {
    if (size != nullptr) *size = 0;
    return IOStatus::IOError("dead");
  }
  if (!plan_) return IOStatus::OK();
  bool is_meant = operation == plan_->operation ||
                  (plan_->operation == Operation::kAnyChange && operation != Operation::kRead);
  if (!is_meant) return IOStatus::OK();
  ++count_;
  bool goes_on = plan_->effect == Effect::kAlways || plan_->effect == Effect::kNoSpace;
  if (goes_on ? count_ < plan_->nth : count_ != plan_->nth) return IOStatus::OK();
  has_failed_ = true;
  if (size != nullptr) {
    bool is_short = plan_->effect == Effect::kShort || plan_->effect == Effect::kNoSpace;
    *size = is_short ? *size / 2 : 0;
  }
  // As the machine's file system says it: an error of NoSpace may be tried again, others not.
  IOStatus status = plan_->effect == Effect::kNoSpace ? IOStatus::NoSpace("planned")
                                                      : IOStatus::IOError("planned");
  status.SetRetryable(plan_->effect == Effect::kNoSpace);
  return status;
}

void FaultFileSystem::OnAppended(const std::string& path, std::size_t size) {
  std::lock_guard lock(mutex_);
  written_[path].size += size;
}

void FaultFileSystem::OnSynced(const std::string& path) {
  std::lock_guard lock(mutex_);
  written_[path].synced = written_[path].size;
}

void FaultFileSystem::OnFolderSynced(const std::string& folder) {
  std::lock_guard lock(mutex_);
  auto is_inside = [&](const std::string& path) {
    return fs::path(path).parent_path() == fs::path(folder);
  };
  std::erase_if(new_names_, is_inside);
  std::erase_if(renamed_, [&](const Renamed& renamed) { return is_inside(renamed.to); });
}

void FaultFileSystem::DropUnsynced(unsigned keep_percent) {
  std::lock_guard lock(mutex_);
  for (const auto& [path, written] : written_) {
    if (!fs::exists(path)) continue;
    fs::resize_file(path, written.synced + (written.size - written.synced) * keep_percent / 100);
  }
  for (; !renamed_.empty(); renamed_.pop_back()) {
    const Renamed& renamed = renamed_.back();
    if (fs::exists(renamed.to)) fs::rename(renamed.to, renamed.from);
    if (renamed.replaced) std::ofstream(renamed.to, std::ios::binary) << *renamed.replaced;
  }
  for (const std::string& path : new_names_) fs::remove(path);
  new_names_.clear();
  written_.clear();
}

IOStatus FaultFileSystem::NewSequentialFile(const std::string& path, const FileOptions& options,
                                            std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                            IODebugContext* debug) {
  IOStatus status = Meet(Operation::kOpen);
  if (status.ok()) status = FileSystemWrapper::NewSequentialFile(path, options, file, debug);
  if (status.ok()) *file = std::make_unique<SequentialFile>(std::move(*file), *this);
  return status;
}

IOStatus FaultFileSystem::NewRandomAccessFile(const std::string& path, const FileOptions& options,
                                              std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                              IODebugContext* debug) {
  IOStatus status = Meet(Operation::kOpen);
  if (status.ok()) status = FileSystemWrapper::NewRandomAccessFile(path, options, file, debug);
  if (status.ok()) *file = std::make_unique<RandomAccessFile>(std::move(*file), *this);
  return status;
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& path, const FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* debug) {
  IOStatus status = Meet(Operation::kOpen);
  if (status.ok()) status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
  if (!status.ok()) return status;
  *file = std::make_unique<WritableFile>(path, std::move(*file), *this);
  std::lock_guard lock(mutex_);
  written_[path] = Written();
  new_names_.insert(path);
  return status;
}

IOStatus FaultFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                       std::unique_ptr<rocksdb::FSDirectory>* folder,
                                       IODebugContext* debug) {
  IOStatus status = FileSystemWrapper::NewDirectory(path, options, folder, debug);
  if (status.ok()) *folder = std::make_unique<Folder>(path, std::move(*folder), *this);
  return status;
}

IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to,
                                     const IOOptions& options, IODebugContext* debug) {
  IOStatus status = Meet(Operation::kRename);
  if (!status.ok()) return status;
  Renamed renamed{from, to, std::nullopt};
  if (fs::exists(to)) renamed.replaced = Contents(to);
  status = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  std::lock_guard lock(mutex_);
  if (auto node = written_.extract(from)) {
    written_.erase(to);
    node.key() = to;
    written_.insert(std::move(node));
  }
  renamed_.push_back(std::move(renamed));
  return status;
}

IOStatus FaultFileSystem::LockFile(const std::string&, const IOOptions&, rocksdb::FileLock** lock,
                                   IODebugContext*) {
  *lock = new rocksdb::FileLock();
  return IOStatus::OK();
}

IOStatus FaultFileSystem::UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) {
  delete lock;
  return IOStatus::OK();
}

IOStatus FaultFileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                     IODebugContext* debug) {
  IOStatus status = Meet(Operation::kRename);
  if (status.ok()) status = FileSystemWrapper::DeleteFile(path, options, debug);
  std::lock_guard lock(mutex_);
  if (status.ok()) written_.erase(path);
  return status;
}

}  // namespace fault
