#include "base/metrics.h"

#include <cstdio>

namespace base {

Counter& Metrics::AddCounter(std::string_view name, std::string_view help,
                             std::string_view labels) {
  std::lock_guard lock(mutex_);
  Series& series = series_.emplace_back();
  series.name = name;
  series.help = help;
  series.labels = labels;
  return series.counter;
}

void Metrics::AddGauge(std::string_view name, std::string_view help, std::function<double()> read) {
  std::lock_guard lock(mutex_);
  Series& series = series_.emplace_back();
  series.name = name;
  series.help = help;
  series.gauge = std::move(read);
}

std::string Metrics::Render() const {
  std::lock_guard lock(mutex_);
  std::string text;
  const std::string* last_name = nullptr;
  for (const Series& series : series_) {
    if (last_name == nullptr || *last_name != series.name) {
      text += "# HELP " + series.name + ' ' + series.help + "\n# TYPE " + series.name +
              (series.gauge ? " gauge\n" : " counter\n");
    }
    last_name = &series.name;
    text += series.name;
    if (!series.labels.empty()) text += '{' + series.labels + '}';
    char number[32];
    if (series.gauge) {
      std::snprintf(number, sizeof number, " %.17g\n", series.gauge());
    } else {
      std::snprintf(number, sizeof number, " %llu\n",
                    static_cast<unsigned long long>(series.counter.Value()));
    }
    text += number;
  }
  return text;
}

}  // namespace base
