// Controller and plant in one process: 40 seconds of a closed loop.
#include <cstdio>

#include "plant_node.hpp"
#include "policy_node.hpp"

int main(int argc, char **argv) {
  using std::chrono::milliseconds;
  rclcpp::init(argc, argv);
  const auto policy = std::make_shared<PolicyNode>(milliseconds(100), milliseconds(300));
  const auto plant = std::make_shared<PlantNode>(400);
  rclcpp::executors::SingleThreadedExecutor executor;
  executor.add_node(policy);
  executor.add_node(plant);
  executor.spin();
  std::printf("at %.17g m, %.17g m/s; least h %.17g; the safety policy acted in %d steps, %d faults\n",
              plant->position(), plant->velocity(), plant->worst(), policy->interventions(), policy->faults());
  return 0;
}
