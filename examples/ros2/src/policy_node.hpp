// A controller as a ROS 2 node: joint states in, force out, by a policy that duro exported as C.
#pragma once

#include <chrono>
#include <memory>

#include "rclcpp/rclcpp.hpp"
#include "sensor_msgs/msg/joint_state.hpp"
#include "std_msgs/msg/float64.hpp"

class PolicyNode : public rclcpp::Node {
public:
  // `period` of the control loop, as the environment steps; a state that is older than `patience` is none
  PolicyNode(std::chrono::milliseconds period, std::chrono::milliseconds patience);

  int interventions() const { return interventions_; } // steps in which the safety policy acted
  int faults() const { return faults_; }               // steps without a usable state

private:
  void take(const sensor_msgs::msg::JointState &state);
  void act();

  float observation_[2] = {};
  rclcpp::Time taken_;
  bool known_ = false;
  int interventions_ = 0, faults_ = 0;
  rclcpp::Duration patience_;
  rclcpp::Publisher<std_msgs::msg::Float64>::SharedPtr force_;
  rclcpp::Subscription<sensor_msgs::msg::JointState>::SharedPtr states_;
  rclcpp::TimerBase::SharedPtr timer_;
};
