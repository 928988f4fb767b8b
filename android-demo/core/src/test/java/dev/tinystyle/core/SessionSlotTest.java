package dev.tinystyle.core;

import java.util.Random;

public final class SessionSlotTest {
    private static final byte[] GOOD = {1};
    private static final byte[] DAMAGED = {0};

    private final FakeSessions sessions = new FakeSessions();
    private final SessionSlot slot = new SessionSlot();
    private final ModelSwitcher switcher = new ModelSwitcher(sessions, slot);

    private static SessionSettings settings() throws StyleException {
        return new SessionSettings(Provider.CPU, 1, 64, 64);
    }

    public void isEmptyAtFirst() throws Exception {
        Check.equal(null, slot.acquire());
        Check.mistaken(slot::release);
    }

    public void aFrameKeepsItsSessionWhileAnotherIsPutIn() throws Exception {
        switcher.open(switcher.choose(), GOOD, "a", settings());
        StyleSession first = slot.acquire();
        Check.equal(null, slot.acquire());
        switcher.open(switcher.choose(), GOOD, "b", settings());
        switcher.open(switcher.choose(), GOOD, "c", settings());
        Check.that(!sessions.opened.get(0).closed, "closed under its frame");
        Check.that(sessions.opened.get(1).closed, "never painted, so closed at once");
        Check.equal(sessions.opened.get(0), first);
        slot.release();
        Check.that(sessions.opened.get(0).closed, "closed after its frame");
        Check.equal(sessions.opened.get(2), slot.acquire());
        Check.equal(1, sessions.open());
    }

    public void aDamagedModelLeavesTheOldOneInPlace() throws Exception {
        switcher.open(switcher.choose(), GOOD, "a", settings());
        Check.refused(
                StyleException.Kind.MODEL, "b.onnx: is damaged",
                () -> switcher.open(switcher.choose(), DAMAGED, "b.onnx", settings()));
        Check.equal(sessions.opened.get(0), slot.acquire());
    }

    public void theLastChoiceWins() throws Exception {
        long first = switcher.choose();
        long second = switcher.choose();
        Check.that(!switcher.open(first, GOOD, "a", settings()), "called off");
        Check.that(!switcher.open(first, DAMAGED, "a", settings()), "and so nobody is told");
        Check.that(switcher.open(second, GOOD, "b", settings()), "wanted");
        Check.equal(1, sessions.open());
    }

    public void aChoiceWhileAnotherIsBeingOpenedClosesThat() throws Exception {
        SessionFactory slow = new SessionFactory() {
            @Override
            public StyleSession open(byte[] model, String label, SessionSettings settings)
                    throws StyleException {
                StyleSession session = sessions.open(model, label, settings);
                slowSwitcher.choose();
                return session;
            }

            @Override
            public FloatSession openFloats(byte[] model, String label, int threads) {
                return null;
            }

            @Override
            public TileSession openTiles(
                    byte[] model, String label, SessionSettings settings, int channels,
                    int measured) {
                return null;
            }

            @Override
            public String runtime() {
                return "slow";
            }
        };
        slowSwitcher = new ModelSwitcher(slow, slot);
        long ticket = slowSwitcher.choose();
        Check.that(!slowSwitcher.open(ticket, GOOD, "a", settings()), "overtaken");
        Check.equal(0, sessions.open());
        Check.that(!slot.isFilled(), "nothing was put in");
    }

    private ModelSwitcher slowSwitcher;

    public void pausingClosesEverything() throws Exception {
        long late = switcher.choose();
        switcher.open(late, GOOD, "a", settings());
        long ticket = switcher.choose();
        switcher.release();
        Check.that(!switcher.open(ticket, GOOD, "b", settings()), "paused meanwhile");
        Check.equal(0, sessions.open());
        slot.close();
        slot.exchange(sessions.open(GOOD, "c", settings()));
        Check.equal(0, sessions.open());
    }

    public void pausingUnderAFrameClosesAfterIt() throws Exception {
        switcher.open(switcher.choose(), GOOD, "a", settings());
        slot.acquire();
        switcher.release();
        Check.equal(1, sessions.open());
        slot.release();
        Check.equal(0, sessions.open());
    }

    /** Painting and switching on two threads: nothing is run when closed, nothing leaks. */
    public void twoThreads() throws Exception {
        PreviewPipeline pipeline = new PreviewPipeline();
        ModelSwitcher other = new ModelSwitcher(sessions, pipeline.slot());
        other.open(other.choose(), GOOD, "first", settings());
        Throwable[] wrong = new Throwable[1];
        Thread painter = new Thread(() -> {
            YuvFrame frame = PreviewPipelineTest.frame(64, 64);
            try {
                for (int i = 0; i < 300; i++) {
                    pipeline.paint(frame, 0, false, (rgba, width, height) -> {});
                }
            } catch (Throwable error) {
                wrong[0] = error;
            }
        });
        painter.start();
        Random random = new Random(1);
        while (painter.isAlive()) {
            other.open(other.choose(), GOOD, "next", settings());
            Thread.sleep(random.nextInt(2));
        }
        painter.join();
        Check.equal(null, wrong[0]);
        pipeline.slot().close();
        Check.equal(0, sessions.open());
    }
}
