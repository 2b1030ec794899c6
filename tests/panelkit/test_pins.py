from lstm_studio.core.view import Pin
from lstm_studio.panelkit.pins import PinColours
from lstm_studio.session.session import Session

A, B, C, D = (Pin("rnn.l0", "h", unit) for unit in range(4))


def test_a_pin_keeps_its_colour_while_others_come_and_go(
    recorded_session: Session,
) -> None:
    pins = PinColours.of(recorded_session)
    for pin in (A, B, C):
        recorded_session.pin(pin)
    assert [pins.slot(pin) for pin in (A, B, C)] == [0, 1, 2]
    recorded_session.unpin(A)
    assert [pins.slot(pin) for pin in (B, C)] == [1, 2]
    recorded_session.pin(D)
    assert pins.slot(D) == 0
    recorded_session.pin(A)
    assert pins.slot(A) == 3
    assert [pins.slot(pin) for pin in (B, C, D)] == [1, 2, 0]


def test_a_pin_that_comes_back_has_the_colour_it_had(recorded_session: Session) -> None:
    pins = PinColours.of(recorded_session)
    recorded_session.pin(A)
    recorded_session.pin(B)
    recorded_session.unpin(B)
    recorded_session.pin(C)
    recorded_session.unpin(C)
    recorded_session.pin(B)
    assert pins.slot(B) == 1


def test_all_panels_share_the_colours_of_a_session(recorded_session: Session) -> None:
    assert PinColours.of(recorded_session) is PinColours.of(recorded_session)


def test_more_pins_than_colours_share_evenly(recorded_session: Session) -> None:
    pins = PinColours.of(recorded_session)
    many = [Pin(layer, "h", u) for layer in ("rnn.l0", "rnn.l1") for u in range(6)]
    for pin in many:
        recorded_session.pin(pin)
    slots = [pins.slot(pin) for pin in many]
    assert sorted(slots[:8]) == list(range(8))
    assert max(slots.count(slot) for slot in slots) == 2
