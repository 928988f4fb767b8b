package dev.tinystyle.core;

import dev.tinystyle.core.PhotoFlow.State;
import java.util.ArrayList;
import java.util.List;

public final class PhotoFlowTest {
    private final List<String> done = new ArrayList<>();
    private long ticket;
    private final PhotoFlow flow = new PhotoFlow(
            new PhotoFlow.Actions() {
                @Override
                public void openPicker() {
                    done.add("pick");
                }

                @Override
                public void paint(String photo, long given) {
                    ticket = given;
                    done.add("paint " + photo);
                }

                @Override
                public void callOff(long given) {
                    done.add("call off");
                }

                @Override
                public void explain(String message) {
                    done.add(message == null ? "clear" : message);
                }
            });

    private void expect(State state, String... actions) {
        Check.equal(state, flow.state());
        Check.equal(List.of(actions), done);
        done.clear();
    }

    public void picksAndPaints() {
        flow.pick();
        flow.pick();
        flow.picked("a");
        expect(State.PAINTING, "pick", "paint a");
        Check.that(flow.painted(ticket), "wanted");
        expect(State.PAINTED, "clear");
    }

    public void cancelledLeavesEverythingAsItWas() {
        flow.pick();
        flow.picked(null);
        expect(State.EMPTY, "pick");
        flow.pick();
        flow.picked("a");
        flow.painted(ticket);
        flow.pick();
        flow.picked(null);
        Check.equal(State.PAINTED, flow.state());
        Check.equal("a", flow.photo());
    }

    public void paintingGoesOnBehindThePicker() {
        flow.pick();
        flow.picked("a");
        flow.pick();
        Check.that(flow.painted(ticket), "still wanted");
        Check.equal(State.PICKING, flow.state());
        flow.picked(null);
        Check.equal(State.PAINTED, flow.state());
    }

    public void anotherPhotoCallsOffTheFirst() {
        flow.pick();
        flow.picked("a");
        long first = ticket;
        flow.pick();
        flow.picked("b");
        Check.that(!flow.painted(first), "the first is not wanted any more");
        flow.failed(first, "too late");
        expect(State.PAINTING, "pick", "paint a", "pick", "call off", "paint b");
    }

    public void aChangeOfStylePaintsAgain() {
        flow.changed();
        expect(State.EMPTY);
        flow.pick();
        flow.picked("a");
        flow.painted(ticket);
        done.clear();
        flow.changed();
        expect(State.PAINTING, "paint a");
    }

    public void aPaintingSurvivesAnActivityMadeAnew() {
        flow.restore(null);
        Check.equal(null, flow.kept(true));
        flow.pick();
        flow.picked("a");
        Check.equal("a", flow.kept(true));
        Check.equal(null, flow.kept(false)); // perhaps what ended the app
        flow.painted(ticket);
        Check.equal("a", flow.kept(false));
        flow.pick();
        Check.equal("a", flow.kept(false));
        flow.picked(null);
        done.clear();
        flow.discard();
        flow.restore("a");
        expect(State.PAINTING, "call off", "paint a");
        flow.restore("b");
        expect(State.PAINTING);
        flow.pick();
        flow.picked(null);
        expect(State.PAINTING, "pick");
    }

    public void aFailureIsExplained() {
        flow.pick();
        flow.picked("a");
        done.clear();
        flow.failed(ticket, "not a picture");
        expect(State.EMPTY, "not a picture");
        Check.equal(null, flow.kept(false));
        flow.changed(); // what was wrong may have been the style
        expect(State.PAINTING, "paint a");
    }

    public void afterADiscardNothingArrives() {
        flow.pick();
        flow.picked("a");
        done.clear();
        flow.discard();
        expect(State.EMPTY, "call off");
        Check.that(!flow.painted(ticket), "nobody is there");
        flow.failed(ticket, "unheard");
        expect(State.EMPTY);
    }
}
