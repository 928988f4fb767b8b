package dev.tinystyle.core;

import dev.tinystyle.core.CameraLifecycle.State;
import java.util.ArrayList;
import java.util.List;

public final class CameraLifecycleTest {
    private final List<String> done = new ArrayList<>();
    private final CameraLifecycle camera = new CameraLifecycle(
            new CameraLifecycle.Actions() {
                @Override
                public void askPermission() {
                    done.add("ask");
                }

                @Override
                public void openCamera() {
                    done.add("open");
                }

                @Override
                public void closeCamera() {
                    done.add("close");
                }

                @Override
                public void explain(String message) {
                    done.add(message == null ? "clear" : "explain");
                }
            });

    private void expect(State state, String... actions) {
        Check.equal(state, camera.state());
        Check.equal(List.of(actions), done);
        done.clear();
    }

    public void opensAndIsReleasedOnPause() {
        camera.resumed(true);
        expect(State.OPENING, "open");
        Check.that(camera.cameraOpened(), "wanted");
        expect(State.RUNNING, "clear");
        camera.paused();
        expect(State.PAUSED, "close");
        camera.resumed(true);
        expect(State.OPENING, "open");
    }

    public void isReleasedWhileItOpens() {
        camera.resumed(true);
        camera.paused();
        expect(State.PAUSED, "open", "close");
        Check.that(!camera.cameraOpened(), "came too late");
        expect(State.PAUSED, "close");
    }

    public void asksOnceThoughAskingPausesTheActivity() {
        camera.resumed(false);
        expect(State.ASKING, "ask");
        camera.paused();
        camera.resumed(false);
        expect(State.ASKING);
        camera.permissionAnswered(true);
        expect(State.OPENING, "open");
        camera.resumed(true);
        expect(State.OPENING);
    }

    public void deniedIsExplainedAndNotAskedAgain() {
        camera.resumed(false);
        camera.permissionAnswered(false);
        expect(State.DENIED, "ask", "explain");
        camera.paused();
        camera.resumed(false);
        expect(State.DENIED, "explain");
    }

    public void deniedThenAllowedInTheSettings() {
        camera.resumed(false);
        camera.permissionAnswered(false);
        camera.paused();
        done.clear();
        camera.resumed(true);
        expect(State.OPENING, "open");
    }

    public void deniedThenAskedAgainByTheUser() {
        camera.resumed(false);
        camera.permissionAnswered(false);
        done.clear();
        camera.retry(false);
        expect(State.ASKING, "ask");
    }

    public void permissionTakenAwayWhilePaused() {
        camera.resumed(true);
        camera.cameraOpened();
        camera.paused();
        done.clear();
        camera.resumed(false);
        expect(State.ASKING, "ask");
    }

    public void lostIsClosedExplainedAndTriedAgain() {
        camera.resumed(true);
        camera.cameraOpened();
        done.clear();
        camera.cameraLost("taken by another app");
        expect(State.FAILED, "close", "explain");
        camera.cameraLost("again");
        expect(State.FAILED);
        camera.retry(true);
        expect(State.OPENING, "open");
    }

    public void lostAfterAPauseIsNothing() {
        camera.resumed(true);
        camera.paused();
        done.clear();
        camera.cameraLost("disconnected");
        expect(State.PAUSED);
    }

    public void anAnswerThatNobodyAskedForIsNothing() {
        camera.permissionAnswered(true);
        expect(State.PAUSED);
    }
}
