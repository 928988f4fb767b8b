package dev.tinystyle.core;

public final class TimeLeftTest {
    private long now = 5_000_000_000L;
    private final TimeLeft left = new TimeLeft(() -> now);

    private int after(double seconds, int done, int of) {
        now += (long) (seconds * 1e9);
        return left.tell(done, of);
    }

    public void shortWorkIsNotSpokenOf() {
        left.begin();
        Check.equal(TimeLeft.NOTHING, after(0.0, 0, 10));
        Check.equal(TimeLeft.NOTHING, after(1.9, 5, 10));
        Check.equal(TimeLeft.NOTHING, after(0.2, 10, 10));
    }

    public void longWorkIsToldOnceASecond() {
        left.begin();
        Check.equal(TimeLeft.NOTHING, after(3.0, 0, 100));
        Check.equal(75, after(1.0, 5, 100)); // 4 s for 5, so 76
        Check.equal(TimeLeft.NOTHING, after(0.5, 6, 100));
        Check.equal(50, after(0.6, 9, 100)); // 5.1 s for 9, so 51.6
    }

    public void atTheEndSomeSecondsAreLeft() {
        left.begin();
        Check.equal(5, after(20.0, 99, 100));
        left.begin(); // another picture
        Check.equal(TimeLeft.NOTHING, after(1.5, 50, 100));
    }
}
