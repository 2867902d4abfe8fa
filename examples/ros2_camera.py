"""A ROS 2 node: a received stream as sensor_msgs/Image, and as CompressedImage beside it.

Run it where ROS 2 is set up (source /opt/ros/DISTRIBUTION/setup.bash) in a Python that has both rclpy and
narrowcast. What begins with --ros-args is for ROS, as with every node.
"""

import argparse
import array
import contextlib

import cv2

import narrowcast

JPEG_QUALITY = 90
WAIT_S = 0.1
"For a frame; the node answers ROS in between."


class CameraNode:
    """Publishes each frame under the time when it was taken; JPEG only where somebody subscribes to it."""

    def __init__(self, topic, frame_id):
        from rclpy.node import Node
        from rclpy.qos import qos_profile_sensor_data
        from sensor_msgs.msg import CompressedImage, Image

        self.node = Node("narrowcast_camera")
        self._frame_id = frame_id
        self._image, self._compressed = Image, CompressedImage
        # "Best effort" is what suits a camera: an old picture is not sent again.
        self._raw = self.node.create_publisher(Image, topic, qos_profile_sensor_data)
        self._jpeg = self.node.create_publisher(
            CompressedImage, f"{topic}/compressed", qos_profile_sensor_data
        )

    def publish(self, frame):
        """Publish a narrowcast.Frame."""
        stamp = self._stamp(frame)
        if self._raw.get_subscription_count():
            message = self._image()
            message.header.stamp, message.header.frame_id = stamp, self._frame_id
            message.height, message.width, _ = frame.rgb.shape
            message.encoding, message.is_bigendian, message.step = "rgb8", 0, 3 * message.width
            message.data = array.array("B", frame.rgb.tobytes())  # other types are checked byte by byte
            self._raw.publish(message)
        if self._jpeg.get_subscription_count():
            message = self._compressed()
            message.header.stamp, message.header.frame_id = stamp, self._frame_id
            message.format = "rgb8; jpeg compressed bgr8"  # as image_transport has it
            bgr = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2BGR)
            jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
            message.data = array.array("B", jpeg.tobytes())
            self._jpeg.publish(message)

    def _stamp(self, frame):
        """When the frame was taken, on ROS's clock; now, where that is not known yet."""
        from rclpy.duration import Duration

        now = self.node.get_clock().now()
        if frame.capture_us is None:
            return now.to_msg()
        return (now - Duration(nanoseconds=round(1e6 * frame.latency_ms))).to_msg()


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("url", help="address that the sender printed")
parser.add_argument("--topic", default="image_raw", help="of the pictures; JPEG comes at TOPIC/compressed")
parser.add_argument("--frame-id", default="camera", help="coordinate frame in the messages' headers")
parser.add_argument("--until-end", action="store_true", help="stop when the sender ends its stream")
given, for_ros = parser.parse_known_args()
if for_ros and for_ros[0] != "--ros-args":
    parser.error(f"unrecognized arguments: {' '.join(for_ros)}")
try:
    import rclpy
    from rclpy.executors import ExternalShutdownException
except ImportError:
    parser.exit(2, "this example needs rclpy: source /opt/ros/DISTRIBUTION/setup.bash, or install ROS 2\n")

rclpy.init(args=for_ros)
camera = CameraNode(given.topic, given.frame_id)
with (
    contextlib.suppress(KeyboardInterrupt, ExternalShutdownException),
    narrowcast.receive(given.url, until_end=given.until_end) as stream,
):
    while rclpy.ok() and not stream.ended():
        frame = stream.read(WAIT_S)
        if frame is not None:
            camera.publish(frame)
        rclpy.spin_once(camera.node, timeout_sec=0)
camera.node.destroy_node()
rclpy.try_shutdown()
