#include "policy_node.hpp"

#include <stdexcept>

#include "robot.h" // duro export RUN --to c --prefix robot

PolicyNode::PolicyNode(std::chrono::milliseconds period, std::chrono::milliseconds patience)
    : Node("policy"), taken_(now()), patience_(patience) {
  if (robot_self_test() != 0) throw std::runtime_error("the exported policy fails its self-test on this machine");
  force_ = create_publisher<std_msgs::msg::Float64>("force", 1);
  states_ = create_subscription<sensor_msgs::msg::JointState>(
      "joint_states", 1, [this](const sensor_msgs::msg::JointState &state) { take(state); });
  timer_ = create_wall_timer(period, [this] { act(); });
}

void PolicyNode::take(const sensor_msgs::msg::JointState &state) {
  if (state.position.empty() || state.velocity.empty()) return;
  observation_[0] = static_cast<float>(state.position[0]); // m
  observation_[1] = static_cast<float>(state.velocity[0]); // m/s
  taken_ = now();
  known_ = true;
}

// What is NaN or out of range is a fault by the policy's own rules, and so is a state that is too old.
void PolicyNode::act() {
  float u[ROBOT_CONTROLS] = {};
  int what = ROBOT_FALLBACK;
  if (known_ && !(now() - taken_ > patience_)) what = robot_act(observation_, u);
  if (what == ROBOT_FALLBACK) {
    faults_++;
    RCLCPP_WARN(get_logger(), "no usable state: the fallback acts");
  }
  interventions_ += what != ROBOT_TASK && what != ROBOT_FALLBACK;
  std_msgs::msg::Float64 force;
  force.data = static_cast<double>(u[0]); // in [-1, 1] of the largest force
  force_->publish(force);
}
