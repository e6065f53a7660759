#include "plant_node.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

PlantNode::PlantNode(int steps) : Node("plant"), steps_(steps) {
  states_ = create_publisher<sensor_msgs::msg::JointState>("joint_states", 1);
  force_ = create_subscription<std_msgs::msg::Float64>("force", 1,
                                                       [this](const std_msgs::msg::Float64 &u) { move(u.data); });
  tell();
}

// One step of 0.1 s: 1 m/s^2 at u = 1, 0.5 m/s^2 at a = 1; the push turns every two seconds.
void PlantNode::move(double u) {
  const double push = step_ / 20 % 2 == 0 ? 1 : -1, speed = x_[1] + 0.1 * (u + 0.5 * push);
  x_[0] += 0.1 * x_[1];
  x_[1] = speed;
  worst_ = std::min({worst_, 5 - std::fabs(x_[0]), 5 - std::fabs(x_[1])});
  step_++;
  tell();
  if (step_ == steps_) rclcpp::shutdown();
}

void PlantNode::tell() {
  sensor_msgs::msg::JointState state;
  state.header.stamp = now();
  state.name = {"cart"};
  state.position = {step_ == 50 ? std::numeric_limits<double>::quiet_NaN() : x_[0]};
  state.velocity = {x_[1]};
  states_->publish(state);
}
