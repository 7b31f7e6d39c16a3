from realtime_widget.audio.keeping import Keeper
from realtime_widget.protocol.input_audio import Captured, InputAudio


def pcm(ms: float, value: int = 1) -> bytes:
    return value.to_bytes(2, "little") * int(ms * 24)


def test_live_sound_lies_where_it_was_heard() -> None:
    audio = InputAudio()
    for now_ms in (1_000, 1_100, 1_250, 1_300):  # jitter is no gap
        audio.append(pcm(100), now_ms)
    assert [audio.to_clock(ms) for ms in (0, 100, 150, 200, 300)] == [900, 1_000, 1_050, 1_100, 1_200]
    assert audio.end_ms == 1_300


def test_small_chunks_of_one_run_are_kept_as_few() -> None:
    for keep in (True, False):
        audio = InputAudio(keep=keep)
        for n in range(1, 501):
            audio.append(pcm(20, n), 20 * n)
        assert 10 <= len(list(audio)) <= 12
        assert audio.to_clock(7_010) == 7_010
        if keep:
            assert audio.between(6_990, 7_010) == pcm(10, 350) + pcm(10, 351)


def test_a_gap_shows_on_the_clock_and_not_in_the_sound() -> None:
    audio = InputAudio()
    audio.append(pcm(100, 1), 100)
    audio.append(pcm(100, 2), 5_000)
    assert audio.to_clock(150) == 4_950
    assert audio.between(50, 150) == pcm(50, 1) + pcm(50, 2)
    assert audio.appended_ms == 200


def test_a_burst_runs_ahead_of_the_clock() -> None:
    audio = InputAudio()
    audio.append(pcm(2_000), 10)
    audio.append(pcm(2_000), 10)
    assert audio.to_clock(3_000) == 3_000
    assert audio.end_ms == 4_000


def test_a_burst_begins_after_what_still_sounds() -> None:
    audio = InputAudio()
    audio.append(pcm(100), 10, floor_ms=5_000)
    assert audio.to_clock(0) == 5_000


def test_without_recording_only_the_clock_remains() -> None:
    audio = InputAudio(keep=False)
    audio.append(pcm(100), 100)
    assert audio.between(0, 100) == b""
    assert audio.to_clock(50) == 50
    assert InputAudio().to_clock(7) == 7


def test_a_commit_takes_what_was_appended_before_it_was_sent() -> None:
    audio = InputAudio()
    audio.append(pcm(300), 300)
    audio.commit_sent()
    assert audio.uncommitted_ms == 0
    audio.append(pcm(120), 420)
    assert audio.commit_answered() == (0, 300)
    assert audio.uncommitted_ms == 120
    audio.append(pcm(80), 500)
    assert audio.commit_answered() == (300, 500), "the server's own commit takes all"
    assert audio.uncommitted_ms == 0


def test_a_refused_commit_takes_nothing() -> None:
    audio = InputAudio()
    audio.append(pcm(300), 300)
    audio.commit_sent()
    audio.commit_refused()
    audio.commit_refused()
    assert audio.uncommitted_ms == 300


def test_a_clear_drops_what_was_appended_before_it_was_sent() -> None:
    audio = InputAudio()
    audio.append(pcm(300), 300)
    audio.clear_sent()
    audio.append(pcm(120), 420)
    audio.clear_answered()
    assert audio.uncommitted_ms == 120
    audio.clear_answered()
    assert audio.uncommitted_ms == 0, "a clear that somebody else sent"


def test_each_connection_counts_from_zero() -> None:
    audio = InputAudio()
    audio.append(pcm(300), 300)
    audio.commit_sent()
    audio.reconnected()
    assert (audio.appended_ms, audio.uncommitted_ms) == (0, 0)
    audio.append(pcm(200), 5_000)
    assert audio.absolute_ms(50) == 350
    assert audio.to_clock(audio.absolute_ms(50)) == 4_850
    assert audio.commit_answered() == (300, 500)


def test_a_span_outside_of_what_was_appended_is_empty() -> None:
    audio = InputAudio()
    audio.append(pcm(100), 100)
    assert audio.between(-50, 10) == pcm(10)
    assert audio.between(200, 300) == b""
    assert audio.between(50, 10) == b""


def test_what_was_never_sent_is_not_counted_by_the_server() -> None:
    audio = InputAudio()
    for second in range(10):
        audio.append(pcm(1_000, second), 1_000 * (second + 1))
    audio.dropped(2 * 48_000, 5 * 48_000)  # the fourth and the fifth second
    audio.dropped(48_000, 4 * 48_000)  # and then the sixth
    assert audio.appended_ms == 7_000
    assert [audio.absolute_ms(ms) for ms in (0, 2_999, 3_000, 6_999)] == [0, 2_999, 6_000, 9_999]
    assert audio.absolute_ms(audio.appended_ms) == 10_000
    audio.dropped(48_000, 0)
    assert audio.absolute_ms(audio.appended_ms) == 10_000
    assert audio.to_clock(audio.absolute_ms(4_000)) == 7_000
    assert audio.n_kept_bytes == 480_000
    audio.reconnected()
    assert audio.absolute_ms(0) == 10_000


def test_only_the_last_sound_is_in_memory_where_none_is_recorded() -> None:
    audio = InputAudio(keep=False)
    for second in range(120):
        audio.append(pcm(1_000), 1_000 * (second + 1))
    assert 60 * 48_000 <= audio.n_kept_bytes <= 62 * 48_000


def test_what_was_committed_can_be_taken_back_to_be_heard_again() -> None:
    audio = InputAudio()
    audio.append(bytes(48_000), 1_000)
    audio.commit_sent()
    assert audio.pending_commits == (1_000.0,)
    assert audio.commit_answered() == (0.0, 1_000.0)
    audio.append(bytes(24_000), 1_500)
    assert audio.total_ms == 1_500.0
    assert audio.take_back(200.0, 900.0) == 900.0
    audio.disconnected(1_500, speech_ms=None, heard_ms=0, by_hand=True)
    pieces = audio.reconnected()
    assert [None if piece is None else len(piece) for piece in pieces] == [700 * 48, None, 600 * 48]
    assert audio.pending_commits == (900.0,)


def test_sound_lies_where_it_was_captured_if_that_is_known() -> None:
    audio = InputAudio()
    audio.append(pcm(100), 1_150, captured=Captured(1_090, 4.0))
    audio.append(pcm(100), 1_400, captured=Captured(1_192, 3.0))  # late, and the same run
    assert [audio.to_clock(ms) for ms in (0, 100, 200)] == [990, 1_090, 1_190]
    assert (audio.error_ms(50), audio.error_ms(150)) == (5, 5), "3, and 2 from where it was captured"
    audio.append(pcm(100), 9_000, captured=Captured(8_900, 50.0))
    assert (audio.to_clock(250), audio.error_ms(250)) == (8_850, 50)
    audio.append(pcm(100), 9_100)
    assert (audio.error_ms(299), audio.error_ms(399)) == (50, None), "nobody knows when that was captured"
    assert audio.error_ms(9_999) is None and InputAudio().error_ms(0) is None


def test_what_was_held_up_lies_where_it_was_said() -> None:
    audio = InputAudio()
    audio.append(pcm(100), 1_100, captured=Captured(1_050, 2.0))
    for n in range(1, 21):  # a cell was busy: all of it comes at once, 2 s later
        audio.append(pcm(100), 3_200, captured=Captured(1_050 + 100 * n, 2.0))
    audio.append(pcm(100), 3_210, captured=Captured(3_150, 2.0))
    assert audio.to_clock(0) == 950 and audio.end_ms == 3_150 and audio.error_ms(2_100) == 2


def test_a_clock_that_runs_ahead_moves_nothing_into_the_future() -> None:
    audio = InputAudio()
    audio.append(pcm(100), 1_000, captured=Captured(1_003, 5.0))
    assert audio.end_ms == 1_000 and audio.error_ms(0) == 8


def test_errors_are_noted_in_few_runs() -> None:
    audio = InputAudio()
    for n in range(1, 2_001):
        audio.append(pcm(100), 100 * n + 50, captured=Captured(100 * n + (n % 3) / 2, 4.0 + n % 2))
    assert len(audio._errors) == 1


def test_sound_that_lies_elsewhere_is_sent_again_all_the_same() -> None:
    audio, kept = InputAudio(keeper=Elsewhere(0)), InputAudio()
    pieces = []
    for sound in (audio, kept):
        for n in range(1, 51):
            sound.append(pcm(100, n), 100 * n)
        sound.commit_sent()
        sound.append(pcm(100, 99), 5_100)
        sound.disconnected(5_100, speech_ms=1_300, heard_ms=0, by_hand=False)
        pieces.append(sound.reconnected())
    assert audio.n_kept_bytes == 0
    assert pieces[0] == pieces[1]
    assert pieces[0] == [b"".join(pcm(100, n) for n in range(1, 51)), None, pcm(100, 99)]
    assert audio.between(90, 110) == pcm(10, 1) + pcm(10, 2)


class Elsewhere(Keeper):
    shelf = b""

    def store(self, sound: bytes) -> int:
        self.shelf += sound
        return len(self.shelf) - len(sound)

    def fetch(self, place: int, n_bytes: int) -> bytes:
        return self.shelf[place : place + n_bytes]


def test_what_was_captured_before_the_session_began_puts_off_nothing() -> None:
    audio = InputAudio()
    for n in range(4):
        audio.append(pcm(100), 40 + 100 * n, captured=Captured(100.0 * n - 30, 2.0))
    assert [audio.to_clock(ms) for ms in (0, 50, 150, 199, 200, 300, 350)] == [0, 0, 50, 70, 70, 170, 220]
    assert audio.error_ms(350) == 2 and audio.end_ms == 270
