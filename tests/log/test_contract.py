"""What the log promises, on whatever database: the fixture `open_log` says which."""

import threading
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aslo_core.errors import Permanent
from aslo_core.events import Cause, DeliveryIgnored, DeliveryRefused, Event, Recorded
from aslo_core.log import Entry, EventLog, IdempotencyConflict, LogUnavailable, VersionConflict
from aslo_core.log.reading import PAGE

CAUSE = Cause(source="intake/github", actor="host:github")
Open = Callable[[], EventLog]


def ignored(reason: str = "nothing to do") -> DeliveryIgnored:
    return DeliveryIgnored(trigger="push", reason=reason, body_digest="", body_size=0)


def refused(reason: str = "unreadable") -> DeliveryRefused:
    return DeliveryRefused(reason=reason, body_digest="", body_size=0)


def entries(*streams: str) -> list[Entry]:
    return [Entry(stream, ignored(f"number {number}")) for number, stream in enumerate(streams)]


class TestAppend:
    def test_an_empty_log(self, log: EventLog) -> None:
        assert log.head() == -1
        assert list(log.read_all()) == []
        assert list(log.read("config")) == []
        assert log.find("0191e0c4-7c00-7000-8000-000000000001") is None

    def test_positions_count_from_0_over_the_log_and_versions_from_1_within_a_stream(self, log: EventLog) -> None:
        log.append(entries("delivery/a", "delivery/b", "delivery/a"), cause=CAUSE)
        log.append(entries("delivery/b"), cause=CAUSE)
        assert [(e.position, e.stream, e.version) for e in log.read_all()] == [
            (0, "delivery/a", 1),
            (1, "delivery/b", 1),
            (2, "delivery/a", 2),
            (3, "delivery/b", 2),
        ]
        assert log.head() == 3

    def test_what_append_returns_is_what_readers_see_in_this_process_and_in_others(self, log: EventLog, open_log: Open) -> None:
        cause = Cause(source="worker", actor="operator", correlation="c", causation="d")
        appended = log.append(entries("delivery/a", "delivery/b"), cause=cause, key="Größe 活动")
        assert not appended.duplicate
        for reader in (log, open_log()):
            assert tuple(reader.read_all()) == appended.events
            assert reader.find(appended.events[1].id) == appended.events[1]
        assert [e.cause for e in appended.events] == [cause, cause]
        assert [e.key for e in appended.events] == ["Größe 活动", "Größe 活动"]
        assert [UUID(e.id).version for e in appended.events] == [7, 7]

    def test_events_without_a_correlation_take_the_first_ones_id(self, log: EventLog) -> None:
        events = log.append(entries("delivery/a", "delivery/b"), cause=CAUSE).events
        assert [e.cause.correlation for e in events] == [events[0].id, events[0].id]

    def test_times_never_go_back(self, log: EventLog, open_log: Open) -> None:
        other = open_log()
        for _ in range(10):
            log.append(entries("delivery/a"), cause=CAUSE)
            other.append(entries("delivery/a"), cause=CAUSE)
        times = [e.recorded_us for e in log.read_all()]
        assert times == sorted(times)

    def test_nothing_to_append_is_a_mistake(self, log: EventLog) -> None:
        with pytest.raises(ValueError, match="at least one event"):
            log.append([], cause=CAUSE)

    def test_a_closed_log_says_so(self, log: EventLog) -> None:
        log.append(entries("delivery/a"), cause=CAUSE)
        log.close()
        with pytest.raises(LogUnavailable, match="closed"):
            log.append(entries("delivery/a"), cause=CAUSE)


class TestExpectedVersions:
    def test_kept_ones_let_the_append_through(self, log: EventLog) -> None:
        log.append(entries("release/a"), cause=CAUSE, expect={"release/a": 0, "activity/x": 0})
        log.append(entries("release/a", "activity/x"), cause=CAUSE, expect={"release/a": 1, "activity/x": 0})
        assert log.head() == 2

    def test_a_broken_one_stops_all_of_it(self, log: EventLog) -> None:
        log.append(entries("release/a"), cause=CAUSE)
        with pytest.raises(VersionConflict, match="stream release/a is at version 1, not 0") as conflict:
            log.append(entries("activity/x", "release/a"), cause=CAUSE, expect={"activity/x": 0, "release/a": 0})
        assert (conflict.value.stream, conflict.value.expected, conflict.value.actual) == ("release/a", 0, 1)
        assert log.head() == 0

    def test_a_stream_that_is_not_written_can_be_a_fence(self, log: EventLog) -> None:
        log.append(entries("activity/x"), cause=CAUSE)
        with pytest.raises(VersionConflict):
            log.append(entries("release/a"), cause=CAUSE, expect={"activity/x": 2})
        assert list(log.read("release/a")) == []

    def test_what_another_process_appended_counts(self, log: EventLog, open_log: Open) -> None:
        log.append(entries("release/a"), cause=CAUSE)
        open_log().append(entries("release/a"), cause=CAUSE, expect={"release/a": 1})
        with pytest.raises(VersionConflict):
            log.append(entries("release/a"), cause=CAUSE, expect={"release/a": 1})


class TestIdempotencyKeys:
    def test_the_same_again_returns_the_old_events_whatever_it_expects(self, log: EventLog, open_log: Open) -> None:
        first = log.append(entries("release/a", "delivery/a"), cause=CAUSE, key="k", expect={"release/a": 0})
        log.append(entries("release/a"), cause=CAUSE)
        again = open_log().append(entries("release/a", "delivery/a"), cause=CAUSE, key="k", expect={"release/a": 0})
        assert again.duplicate
        assert again.events == first.events
        assert log.head() == 2

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(entries("release/b"), id="another stream"),
            pytest.param([Entry("release/a", refused())], id="another type"),
            pytest.param([Entry("release/a", ignored("something else"))], id="another body"),
            pytest.param(entries("release/a", "release/a"), id="one event more"),
        ],
    )
    def test_something_else_under_the_same_key_is_a_conflict(self, log: EventLog, other: list[Entry]) -> None:
        log.append(entries("delivery/before"), cause=CAUSE)
        log.append(entries("release/a"), cause=CAUSE, key="k")
        with pytest.raises(IdempotencyConflict, match="position 1") as conflict:
            log.append(other, cause=CAUSE, key="k")
        assert (conflict.value.source, conflict.value.key, conflict.value.position) == (CAUSE.source, "k", 1)
        assert log.head() == 1

    def test_keys_of_another_source_are_others(self, log: EventLog) -> None:
        log.append(entries("release/a"), cause=CAUSE, key="k")
        assert not log.append(entries("release/b"), cause=Cause(source="worker", actor="a"), key="k").duplicate

    def test_appends_without_a_key_are_never_duplicates(self, log: EventLog) -> None:
        assert not any(log.append(entries("release/a"), cause=CAUSE).duplicate for _ in range(3))
        assert log.head() == 2

    def test_who_asked_and_when_is_no_content(self, log: EventLog) -> None:
        log.append(entries("release/a"), cause=CAUSE, key="k")
        assert log.append(entries("release/a"), cause=Cause(source=CAUSE.source, actor="b", causation="c"), key="k").duplicate

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1)), max_size=12))
    def test_a_key_belongs_to_the_first_content_that_came_with_it(self, open_log: Open, appends: list[tuple[str, int]]) -> None:
        """Whatever comes in whatever order, the log is as if each key had come once."""
        log = open_log()
        source = f"source/{log.head()}"
        start = log.head()
        owners: dict[str, tuple[int, tuple[Recorded, ...]]] = {}
        for key, content in appends:
            entry = Entry("release/a", ignored(str(content)))
            try:
                appended = log.append([entry], cause=Cause(source=source, actor="a"), key=key)
            except IdempotencyConflict:
                assert owners[key][0] != content
                continue
            assert appended.duplicate == (key in owners)
            assert owners.setdefault(key, (content, appended.events)) == (content, appended.events)
        assert tuple(log.read_all(start)) == tuple(event for _, events in owners.values() for event in events)


class Unregistered(Event):
    number: int = 0


def of_size(size: object) -> DeliveryIgnored:
    return DeliveryIgnored(trigger="push", reason="", body_digest="", body_size=size)  # type: ignore[arg-type]


class TestWhatCanNeverBeRecorded:
    @pytest.mark.parametrize(
        "stream",
        ["", "release/", "/a", "Release/a", "release/a b", "release/ä", "release/a\n", "release/\x7f", "r/" + "x" * 511],
    )
    def test_a_bad_name_of_a_stream(self, log: EventLog, stream: str) -> None:
        with pytest.raises(Permanent) as error:
            log.append(entries(stream), cause=CAUSE)
        assert error.value.rule == "log.stream-name"

    @pytest.mark.parametrize(
        "stream", ["config", "release/git/https://host/a.git/v1~2", "activity/org.laptop.Web", "r/" + "x" * 510]
    )
    def test_a_good_name_of_a_stream(self, log: EventLog, stream: str) -> None:
        assert log.append(entries(stream), cause=CAUSE).events[0].stream == stream

    @pytest.mark.parametrize("text", ["a\x00b", "a\nb", "\ud800", "\x7f"])
    @pytest.mark.parametrize("field", ["source", "actor", "correlation", "causation", "key"])
    def test_text_that_no_database_takes(self, log: EventLog, field: str, text: str) -> None:
        cause = {"source": "s", "actor": "a", **({} if field == "key" else {field: text})}
        with pytest.raises(Permanent) as error:
            log.append(entries("config"), cause=Cause(**cause), key=text if field == "key" else "")
        assert error.value.rule == "log.text"

    def test_an_envelope_that_is_too_long(self, log: EventLog) -> None:
        with pytest.raises(Permanent) as error:
            log.append(entries("config"), cause=Cause(source="s", actor="a" * 65_535))
        assert error.value.rule == "log.envelope-too-long"

    @pytest.mark.parametrize("field", ["source", "key"])
    def test_what_is_too_long_to_be_found_by(self, log: EventLog, field: str) -> None:
        noise = "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(341))  # it has to be long in an index as well
        texts = {"source": noise, "key": noise}
        for _ in range(2):
            appended = log.append(entries("config"), cause=Cause(source=texts["source"], actor="a"), key=texts["key"])
        assert appended.duplicate
        texts[field] = "é" * 513
        with pytest.raises(Permanent, match="has 1026 bytes, 1024 are allowed") as error:
            log.append(entries("config"), cause=Cause(source=texts["source"], actor="a"), key=texts["key"])
        assert error.value.rule == "log.key"

    @pytest.mark.parametrize(
        "event",
        [
            pytest.param(Unregistered(), id="a type without a name"),
            pytest.param(of_size("one"), id="a value of another type"),
            pytest.param(ignored("\udc80"), id="half of a surrogate pair"),
            pytest.param(of_size(object()), id="what JSON does not have"),
            pytest.param(ignored("x" * 17_000_000), id="a body that is too long"),
        ],
    )
    def test_an_event_that_could_not_be_read_back(self, log: EventLog, event: Event) -> None:
        with pytest.raises(Permanent) as error:
            log.append([Entry("config", event)], cause=CAUSE)
        assert error.value.rule == "log.event"
        assert log.head() == -1


class TestReading:
    def test_a_stream_beyond_a_version(self, log: EventLog) -> None:
        log.append(entries("release/a", "release/b", "release/a", "release/a"), cause=CAUSE)
        assert [e.version for e in log.read("release/a", after=1)] == [2, 3]
        assert list(log.read("release/a", after=3)) == []

    def test_beyond_a_position_by_type_and_with_a_limit(self, log: EventLog) -> None:
        for _ in range(3):
            log.append([Entry("release/a", ignored()), Entry("release/b", refused())], cause=CAUSE)
        assert [e.position for e in log.read_all(after=2)] == [3, 4, 5]
        assert [e.position for e in log.read_all(types=["delivery.refused"])] == [1, 3, 5]
        assert [e.position for e in log.read_all(types={"delivery.refused", "delivery.ignored"}, limit=4)] == [0, 1, 2, 3]
        assert [e.position for e in log.read_all(after=1, types=["delivery.refused"], limit=1)] == [3]
        assert list(log.read_all(limit=0)) == []

    def test_more_than_one_page(self, log: EventLog) -> None:
        log.append([Entry("release/a", ignored(str(number))) for number in range(1000)], cause=CAUSE)
        assert [e.version for e in log.read("release/a")] == list(range(1, 1001))
        assert [e.position for e in log.read_all(limit=600)] == list(range(600))
        assert [e.position for e in log.read_all(types=["delivery.ignored"])] == list(range(1000))

    @pytest.mark.parametrize("number", [PAGE - 1, PAGE, PAGE + 1, 2 * PAGE])
    def test_pages_that_are_just_full(self, log: EventLog, number: int) -> None:
        log.append([Entry("release/a", ignored()) for _ in range(number)], cause=CAUSE)
        assert [e.version for e in log.read("release/a")] == list(range(1, number + 1))
        assert [e.position for e in log.read_all()] == list(range(number))
        for limit in (PAGE - 1, PAGE, PAGE + 1):
            assert [e.position for e in log.read_all(limit=limit)] == list(range(min(number, limit)))

    def test_a_reader_that_pauses_stops_nobody_and_sees_what_comes(self, log: EventLog, open_log: Open) -> None:
        log.append([Entry("release/a", ignored()) for _ in range(300)], cause=CAUSE)
        reader = open_log().read_all()
        assert next(reader).position == 0
        log.append(entries("release/a"), cause=CAUSE)
        assert [e.position for e in reader] == list(range(1, 301))


class TestTail:
    def test_what_is_there_then_what_comes_from_this_process_and_from_others(self, log: EventLog, open_log: Open) -> None:
        other = open_log()
        log.append(entries("release/a", "release/a"), cause=CAUSE)
        stop = threading.Event()
        tail = log.tail(0, stop)
        assert next(tail).position == 1
        log.append(entries("release/a"), cause=CAUSE)
        assert next(tail).position == 2
        other.append(entries("release/a"), cause=CAUSE)
        assert next(tail).position == 3
        stop.set()
        assert list(tail) == []

    @pytest.mark.parametrize("types", [(), (entries("release/a")[0].event.event_name,)], ids=["all", "of a type"])
    @pytest.mark.parametrize("who", ["this process", "another process"])
    def test_misses_nothing_between_reading_and_waiting(
        self, log: EventLog, open_log: Open, who: str, types: Collection[str]
    ) -> None:
        writer = log if who == "this process" else open_log()
        late = [0, 1]

        def read_then_append(after: int = -1, types: Collection[str] = ()) -> Iterator[Recorded]:
            yield from EventLog.read_all(log, after, types)
            if late:
                writer.append(entries(f"release/{late.pop()}"), cause=CAUSE)

        log.read_all = read_then_append  # type: ignore[method-assign,assignment]
        assert [e.position for e in islice(log.tail(-1, threading.Event(), types), 2)] == [0, 1]

    def test_wakes_for_each_append(self, log: EventLog, open_log: Open) -> None:
        """The reader waits before the writer begins, in its own process and in another."""
        seen: dict[str, list[int]] = {"same": [], "other": []}

        def follow(name: str, follower: EventLog) -> None:
            seen[name].extend(e.position for e in islice(follower.tail(-1, threading.Event()), 5))

        followers = [threading.Thread(target=follow, args=pair) for pair in (("same", log), ("other", open_log()))]
        for follower in followers:
            follower.start()
        for _ in range(5):
            log.append(entries("release/a"), cause=CAUSE)
        for follower in followers:
            follower.join()
        assert seen == {"same": [0, 1, 2, 3, 4], "other": [0, 1, 2, 3, 4]}

    def test_ends_when_told_while_it_waits_and_while_there_is_more(self, log: EventLog) -> None:
        stop = threading.Event()
        log.append(entries("release/a", "release/a"), cause=CAUSE)
        tail = log.tail(-1, stop)
        assert next(tail).position == 0
        stop.set()
        assert list(tail) == []
        waiting = threading.Event()
        follower = threading.Thread(target=lambda: list(log.tail(1, waiting)))
        follower.start()
        waiting.set()
        follower.join()

    def test_looks_that_may_be_apart_are(self, log: EventLog) -> None:
        """What comes in the pause is told after it."""
        pauses: list[float | None] = []

        class Pause(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                pauses.append(timeout)
                log.append(entries("release/a", "release/b"), cause=CAUSE)
                return False

        log.append(entries("release/a"), cause=CAUSE)
        tail = log.tail(-1, Pause(), apart=2.5)
        assert (next(tail).position, pauses) == (0, [])
        assert (next(tail).position, pauses) == (1, [2.5])
        assert (next(tail).position, pauses) == (2, [2.5])
        assert (next(tail).position, pauses) == (3, [2.5, 2.5])

    @pytest.mark.parametrize("who", ["this process", "another process"])
    def test_an_event_is_awaited(self, log: EventLog, open_log: Open, who: str) -> None:
        stop = threading.Event()
        writer = log if who == "this process" else open_log()
        for number in range(3):
            waiting = threading.Thread(target=log.await_event, args=(number - 1, stop))
            waiting.start()
            writer.append(entries("release/a"), cause=CAUSE)
            waiting.join()
        log.await_event(1, stop)
        waiting = threading.Thread(target=log.await_event, args=(2, stop))
        waiting.start()
        waiting.join(0.1)
        assert waiting.is_alive()
        stop.set()
        waiting.join()

    def test_ends_when_the_log_is_closed(self, log: EventLog) -> None:
        follower = threading.Thread(target=lambda: list(log.tail(-1, threading.Event())))
        follower.start()
        log.close()
        follower.join()
