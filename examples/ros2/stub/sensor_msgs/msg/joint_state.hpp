// The fields of sensor_msgs/msg/JointState that the example uses.
#pragma once

#include <string>
#include <vector>

#include "rclcpp/rclcpp.hpp"

namespace sensor_msgs::msg {
struct JointState {
  struct {
    rclcpp::Time stamp;
    std::string frame_id;
  } header;
  std::vector<std::string> name;
  std::vector<double> position, velocity, effort;
};
} // namespace sensor_msgs::msg
