// What the example uses of rclcpp, in one header, so that it compiles and runs without ROS: topics within one process,
// and timers on a clock that jumps from one to the next. Names and signatures are those of rclcpp (Humble and later).
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rclcpp {

class Duration {
public:
  explicit Duration(std::chrono::nanoseconds span) : span_(span.count()) {}
  bool operator>(const Duration &other) const { return span_ > other.span_; }

private:
  std::int64_t span_;
};

class Time {
public:
  explicit Time(std::int64_t nanoseconds = 0) : at_(nanoseconds) {}
  Duration operator-(const Time &other) const { return Duration(std::chrono::nanoseconds(at_ - other.at_)); }
  std::int64_t nanoseconds() const { return at_; }

private:
  std::int64_t at_;
};

class TimerBase {
public:
  using SharedPtr = std::shared_ptr<TimerBase>;
  std::int64_t period = 0, due = 0;
  std::function<void()> call;
};

namespace stub {
struct World {
  bool running = false;
  std::int64_t now = 0;
  std::vector<TimerBase::SharedPtr> timers;
  std::vector<std::function<void()>> waiting; // messages that nobody has taken yet
};
inline World &world() {
  static World one;
  return one;
}
template <typename Message> std::map<std::string, std::vector<std::function<void(const Message &)>>> &listeners() {
  static std::map<std::string, std::vector<std::function<void(const Message &)>>> all;
  return all;
}
} // namespace stub

inline void init(int, char **) {
  stub::world().running = true;
}
inline bool ok() {
  return stub::world().running;
}
inline bool shutdown() {
  stub::world().running = false;
  return true;
}

template <typename Message> class Publisher {
public:
  using SharedPtr = std::shared_ptr<Publisher>;
  explicit Publisher(std::string topic) : topic_(std::move(topic)) {}
  void publish(const Message &message) {
    const std::string topic = topic_;
    stub::world().waiting.push_back([topic, message] {
      for (const auto &hear : stub::listeners<Message>()[topic]) hear(message);
    });
  }

private:
  std::string topic_;
};

template <typename Message> class Subscription {
public:
  using SharedPtr = std::shared_ptr<Subscription>;
};

class Logger {};

class Node {
public:
  explicit Node(std::string name) : name_(std::move(name)) {}
  virtual ~Node() = default;
  Time now() const { return Time(stub::world().now); }
  Logger get_logger() const { return Logger(); }

protected:
  template <typename Message> typename Publisher<Message>::SharedPtr create_publisher(const std::string &topic, int) {
    return std::make_shared<Publisher<Message>>(topic);
  }
  template <typename Message, typename Callback>
  typename Subscription<Message>::SharedPtr create_subscription(const std::string &topic, int, Callback callback) {
    stub::listeners<Message>()[topic].push_back(callback);
    return std::make_shared<Subscription<Message>>();
  }
  template <typename Callback> TimerBase::SharedPtr create_wall_timer(std::chrono::nanoseconds period, Callback call) {
    const auto timer = std::make_shared<TimerBase>();
    timer->period = period.count();
    timer->due = stub::world().now + timer->period;
    timer->call = call;
    stub::world().timers.push_back(timer);
    return timer;
  }

private:
  std::string name_;
};

namespace executors {
class SingleThreadedExecutor {
public:
  void add_node(const std::shared_ptr<Node> &) {}
  void spin() {
    while (ok()) {
      deliver();
      fire();
    }
  }

private:
  void deliver() {
    std::vector<std::function<void()>> messages;
    messages.swap(stub::world().waiting);
    for (const auto &message : messages)
      if (ok()) message();
  }
  // the next timer, once no message waits
  void fire() {
    stub::World &world = stub::world();
    TimerBase::SharedPtr next;
    if (!world.waiting.empty()) return;
    for (const auto &timer : world.timers)
      if (!next || timer->due < next->due) next = timer;
    if (!next) {
      shutdown(); // nothing will ever happen
      return;
    }
    world.now = next->due;
    next->due += next->period;
    next->call();
  }
};
} // namespace executors
} // namespace rclcpp

#define RCLCPP_WARN(logger, ...) ((void)(logger), (void)std::fprintf(stderr, __VA_ARGS__), (void)std::fputc('\n', stderr))
