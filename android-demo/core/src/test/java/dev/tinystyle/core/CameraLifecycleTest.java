package dev.tinystyle.core;

import dev.tinystyle.core.CameraLifecycle.State;
import java.util.ArrayList;
import java.util.List;

public final class CameraLifecycleTest {
    private final List<String> done = new ArrayList<>();
    private final CameraLifecycle.Actions actions =
            new CameraLifecycle.Actions() {
                @Override
                public void askPermission() {
                    done.add("ask");
                }

                @Override
                public void openSettings() {
                    done.add("settings");
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
                public void explain(CameraLifecycle.Notice notice, String reason) {
                    done.add(reason == null ? "" + notice : notice + " " + reason);
                }
            };
    private CameraLifecycle camera = new CameraLifecycle(actions, false);

    private void expect(State state, String... actions) {
        Check.equal(state, camera.state());
        Check.equal(List.of(actions), done);
        done.clear();
    }

    public void opensAndIsReleasedOnPause() {
        camera.resumed(true);
        expect(State.OPENING, "open");
        Check.that(camera.cameraOpened(), "wanted");
        expect(State.RUNNING, "NONE");
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
        camera.permissionAnswered(true, true);
        expect(State.OPENING, "open");
        camera.resumed(true);
        expect(State.OPENING);
    }

    public void deniedIsExplainedAndNotAskedAgain() {
        camera.resumed(false);
        camera.permissionAnswered(false, true);
        expect(State.DENIED, "ask", "DENIED");
        camera.paused();
        camera.resumed(false);
        expect(State.DENIED, "DENIED");
    }

    public void deniedThenAllowedInTheSettings() {
        camera.resumed(false);
        camera.permissionAnswered(false, true);
        camera.paused();
        done.clear();
        camera.resumed(true);
        expect(State.OPENING, "open");
    }

    public void deniedThenAskedAgainByTheUser() {
        camera.resumed(false);
        camera.permissionAnswered(false, true);
        done.clear();
        camera.retry(false);
        expect(State.ASKING, "ask");
    }

    public void refusedForGoodThenTheSettingsAreOpened() {
        camera.resumed(false);
        camera.permissionAnswered(false, true);
        camera.retry(false);
        done.clear();
        camera.permissionAnswered(false, false);
        expect(State.DENIED, "BLOCKED");
        camera.retry(false);
        expect(State.DENIED, "settings");
        camera.paused();
        camera.resumed(false);
        expect(State.DENIED, "BLOCKED");
        camera.retry(true); // allowed beside the app, on two halves of the screen
        expect(State.OPENING, "open");
        camera.paused();
        camera.resumed(false);
        done.clear();
        camera.permissionAnswered(false, false);
        camera.retry(false);
        expect(State.ASKING, "DENIED", "ask"); // what was blocked before counts no more
    }

    public void aQuestionPutAsideIsAskedAgain() {
        camera.resumed(false);
        camera.permissionAnswered(false, false);
        expect(State.DENIED, "ask", "DENIED");
        camera.retry(false);
        expect(State.ASKING, "ask");
    }

    public void anActivityMadeAnewDoesNotAskASecondTime() {
        camera.resumed(false);
        Check.that(camera.asked(), "to be kept");
        camera = new CameraLifecycle(actions, camera.asked());
        done.clear();
        camera.resumed(false);
        expect(State.DENIED, "DENIED");
        camera.permissionAnswered(true, false);
        expect(State.DENIED);
        camera.resumed(true);
        expect(State.OPENING, "open");
    }

    public void anAnswerAfterTheAppWasEndedCounts() {
        camera.permissionAnswered(false, true);
        camera.resumed(false);
        expect(State.DENIED, "DENIED");
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
        expect(State.FAILED, "close", "LOST taken by another app");
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
        camera.permissionAnswered(true, true);
        expect(State.PAUSED);
    }
}
