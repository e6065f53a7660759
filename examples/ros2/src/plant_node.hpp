// The double integrator as a ROS 2 node, with a push that the controller does not know and a sensor that fails once.
#pragma once

#include "rclcpp/rclcpp.hpp"
#include "sensor_msgs/msg/joint_state.hpp"
#include "std_msgs/msg/float64.hpp"

class PlantNode : public rclcpp::Node {
public:
  explicit PlantNode(int steps);

  double position() const { return x_[0]; }
  double velocity() const { return x_[1]; }
  double worst() const { return worst_; } // least h: what is left to 5 m and to 5 m/s

private:
  void move(double u);
  void tell();

  double x_[2] = {3, 0}; // m, m/s
  double worst_ = 5;
  int step_ = 0, steps_;
  rclcpp::Publisher<sensor_msgs::msg::JointState>::SharedPtr states_;
  rclcpp::Subscription<std_msgs::msg::Float64>::SharedPtr force_;
};
