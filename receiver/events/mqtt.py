"""Events at an MQTT broker, by paho-mqtt: it connects, waits for a broker that is away, and sends again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from narrowcast.receiver.events.event import EventState
from narrowcast.receiver.events.settings import MqttAddress
from narrowcast.receiver.events.sinks import EventError, EventLine

if TYPE_CHECKING:
    from paho.mqtt.client import Client

MAX_WAITING = 100
"Events that wait for a broker that is away; more are lost, which is counted."

KEEPALIVE_S = 20
"A broker notices so soon that this receiver has gone, and tells it in TOPIC/online."

MAX_RECONNECT_S = 30
"Between two tries to reach the broker, at most."

FIRST_ANSWER_S = 2.0
"For the broker's first answer; the first event comes at the very start."

GOODBYE_S = 1.0


class MqttSink:
    """Publishes at TOPIC/EVENT; whether a condition holds stays at TOPIC/EVENT/state, as on or off."""

    name = "the MQTT broker"

    def __init__(self, address: MqttAddress) -> None:
        """Begin to connect; EventError where paho-mqtt is missing."""
        try:
            from paho.mqtt.client import Client
            from paho.mqtt.enums import CallbackAPIVersion
        except ImportError as error:
            raise EventError("mqtt needs paho-mqtt: pip install 'narrowcast[mqtt]'") from error
        self._address = address
        self._trouble = f"nothing answers at {address.host}:{address.port}"
        self._answered = threading.Event()
        self._client: Client = Client(CallbackAPIVersion.VERSION2)
        client = self._client
        if address.user:
            client.username_pw_set(address.user, address.password)
        if address.tls:
            client.tls_set()
        client.max_queued_messages_set(MAX_WAITING)
        client.reconnect_delay_set(1, MAX_RECONNECT_S)
        client.will_set(self._online, "off", qos=1, retain=True)
        client.on_connect = self._connected
        client.connect_async(address.host, address.port, KEEPALIVE_S)
        client.loop_start()

    @property
    def _online(self) -> str:
        return f"{self._address.topic}/online"

    def send(self, line: EventLine) -> None:
        """Hand an event to paho; EventError while there is no broker, which gets it when it is back."""
        topic = f"{self._address.topic}/{line.kind.value}"
        taken = [self._client.publish(topic, line.text, qos=1).rc]
        if line.state is not EventState.ONCE:
            state = "on" if line.state is EventState.BEGIN else "off"
            taken.append(self._client.publish(f"{topic}/state", state, qos=1, retain=True).rc)
        if any(code not in (0, _NO_CONNECTION) for code in taken):
            raise EventError(f"{self._trouble}, and {MAX_WAITING} messages wait already")
        self._answered.wait(FIRST_ANSWER_S)
        if not self._client.is_connected():
            raise EventError(f"{self._trouble}; it gets the event when it is back")

    def close(self) -> None:
        """Say that this receiver is gone, and disconnect."""
        if self._client.is_connected():
            self._client.publish(self._online, "off", qos=1, retain=True).wait_for_publish(GOODBYE_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        self._answered.set()
        if reason.is_failure:
            self._trouble = f"the broker at {self._address.host} refuses: {str(reason).lower()}"
            return
        client.publish(self._online, "on", qos=1, retain=True)


_NO_CONNECTION = 4
"paho's MQTT_ERR_NO_CONN: the message waits for the connection."
