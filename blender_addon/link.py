"""The connection to one backend: start, handshake, pulse, end. Knows nothing of the queue, nor of bpy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from ..backend import wire
from .child import BackendChild, Launch


class BackendState(str, Enum):
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


@dataclass(frozen=True)
class Patience:
    """Seconds after which the add-on stops waiting."""

    hello: float = 90.0  # a cold disk and a virus scanner may both look at Python first
    ping_every: float = 5.0
    hang: float = (
        120.0  # from an unanswered ping; unwrapping holds the interpreter for long stretches
    )
    # From an unanswered ping as well; 15 s of silence at most, with the time until the ping. The user is told.
    silence: float = 10.0
    cancel: float = 5.0
    stop: float = 5.0
    restart: float = 1.0


@dataclass(frozen=True)
class Broken:
    """The connection ended against our will."""

    code: wire.ErrorCode
    text: str  # a sentence if `is_start`, else what the backend did: "ended (exit code 1)"
    is_start: bool
    remedy: str = "look at the log named in the preferences"  # if it happens again; not for a start


class Link:
    """Owns the child process. Every method returns at once."""

    def __init__(self, patience: Patience) -> None:
        self.state = BackendState.STOPPED
        self.status = "Not started; it starts with the first job."
        self.backend: wire.Hello | None = None
        self.start_seconds = 0.0
        self._patience = patience
        self._child: BackendChild | None = None
        self._since = 0.0  # when the present state began
        self._last_ping = 0.0
        self._unanswered_since: float | None = None
        self.silent_s = 0.0  # since an unanswered ping, once that is longer than usual

    @property
    def launch(self) -> Launch | None:
        """How the running backend was started."""
        return self._child.launch if self._child else None

    @property
    def pid(self) -> int:
        return self._child.pid if self._child else 0

    def start(self, launch: Launch, now: float) -> None:
        """Start a backend. Raises RequestError (BACKEND_START) with one sentence."""
        self._child = BackendChild(launch)
        self.state, self.status, self._since = BackendState.STARTING, "Starting.", now
        self.backend = None
        self._child.send(launch.hello())

    def stop(self, now: float) -> None:
        """Ask the backend to end; `step` sees to it that it does."""
        if self._child is not None and self.state is not BackendState.STOPPING:
            self.state, self.status, self._since = BackendState.STOPPING, "Stopping.", now
            self._child.ask_to_end()

    def kill(self, status: str) -> None:
        """End the backend at once."""
        if self._child is not None:
            self._child.kill()
        self._child, self.backend = None, None
        self.state, self.status = BackendState.STOPPED, status
        self._unanswered_since, self.silent_s = None, 0.0

    def shutdown(self, patience_s: float) -> None:
        """End the backend and wait for it; for the end of Blender or of the extension."""
        if self._child is not None:
            self._child.end(patience_s)
        self.kill("Stopped.")

    def send(self, message: wire.Message) -> None:
        assert self._child is not None, "send() without a backend"
        self._child.send(message)

    def step(self, now: float, is_working: bool) -> list[wire.Message | Broken]:
        """What has arrived, and the end of the connection if it has come, as the last item.

        Only a backend with work is pinged: without work nobody calls `step`.
        """
        child = self._child
        if child is None:
            return []
        exit_code = child.exit_code  # asked before reading, so that its last words are read
        events: list[wire.Message | Broken] = []
        for message in child.receive():
            self._unanswered_since = None
            broken = self._refuse(message, now)
            if broken is not None:
                return [*events, self._broken(broken)]
            if not isinstance(message, wire.RequestError):
                events.append(message)
        if exit_code is not None or child.is_silent_for_good:
            events += self._gone(child, exit_code)
            return events
        late = self._late(now, is_working)
        silent_s = 0.0 if self._unanswered_since is None else now - self._unanswered_since
        self.silent_s = silent_s if silent_s >= self._patience.silence else 0.0
        child.flush()
        return [*events, self._broken(late)] if late else events

    def _refuse(self, message: wire.Message | wire.RequestError, now: float) -> Broken | None:
        """Check the handshake and that it is a message at all."""
        is_start = self.state is BackendState.STARTING
        if isinstance(message, wire.RequestError):
            if message.code is wire.ErrorCode.VERSION:
                return Broken(message.code, message.user_text, is_start)
            if is_start:
                return Broken(
                    message.code,
                    "The program that was started is no Headsmith backend; choose another Python in"
                    " the preferences of Headsmith.",
                    is_start,
                )
            return Broken(message.code, "sent something that is no message", is_start)
        if isinstance(message, wire.Failure) and not message.job and is_start:
            return Broken(message.code, message.user_text, is_start)
        if not isinstance(message, wire.Hello) or not is_start:
            return None
        ours = (wire.PROTOCOL_VERSION, wire.PRODUCT_VERSION)
        if (message.protocol, message.version) != ours:
            return Broken(
                wire.ErrorCode.VERSION,
                f"The backend is Headsmith {message.version} (protocol {message.protocol}), but the"
                f" extension is {ours[1]} (protocol {ours[0]}); install the same version of both.",
                is_start,
            )
        self.state, self.backend = BackendState.READY, message
        self.start_seconds, self._last_ping = now - self._since, now
        device = f" on {message.device}" if message.device else ""
        self.status = (
            f"Ready: Python {message.python or 'unknown'}{device}. {message.notice}".strip()
        )
        return None

    def _gone(self, child: BackendChild, exit_code: int | None) -> list[wire.Message | Broken]:
        """The child ended, or closed its output, which is as good as ended."""
        if self.state is BackendState.STOPPING:
            self.kill("Stopped.")
            return []
        is_memory = exit_code in wire.MEMORY_EXIT_CODES
        how = "closed its output" if exit_code is None else f"ended (exit code {exit_code})"
        if is_memory:
            how = "was ended by the system, probably because memory ran out"
        if self.state is BackendState.STARTING:
            last_words = child.log_tail()
            reason = f": {last_words}" if last_words else ""
            sentence = (
                f"The backend {how} right after its start{reason}; look at"
                f" {child.launch.log_file}, or choose another Python in the preferences."
            )
            return [self._broken(Broken(wire.ErrorCode.BACKEND_START, sentence, True))]
        broken = Broken(wire.ErrorCode.BACKEND_DIED, how, False)
        if is_memory:
            broken = replace(broken, remedy="make it smaller, or close other programs")
        return [self._broken(broken)]

    def _late(self, now: float, is_working: bool) -> Broken | None:
        """Look at the clock; send a ping if it is time for one."""
        patience, child = self._patience, self._child
        assert child is not None
        waited = now - self._since
        if self.state is BackendState.STARTING and waited > patience.hello:
            sentence = (
                f"The backend did not answer within {patience.hello:.0f} s of its start; look at"
                f" {child.launch.log_file}."
            )
            return Broken(wire.ErrorCode.BACKEND_START, sentence, True)
        if self.state is BackendState.STOPPING and waited > patience.stop:
            self.kill("Stopped.")
        if self.state is not BackendState.READY or not is_working:
            self._unanswered_since = None
            return None
        # Counted from the ping, not from the last message: Blender itself may have been busy for an hour.
        if self._unanswered_since is None and now - self._last_ping >= patience.ping_every:
            self._last_ping = self._unanswered_since = now
            child.send(wire.Ping())
        elif self._unanswered_since is not None and now - self._unanswered_since > patience.hang:
            text = f"did not answer for {patience.hang:.0f} s"
            return Broken(wire.ErrorCode.BACKEND_HANGS, text, False)
        return None

    def _broken(self, broken: Broken) -> Broken:
        self.kill(broken.text if broken.is_start else f"The backend {broken.text}.")
        return broken
