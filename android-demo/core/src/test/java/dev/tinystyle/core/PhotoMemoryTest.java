package dev.tinystyle.core;

import java.io.File;
import java.nio.file.Files;

/** Photos of any size in memory of any size, and the files that other apps get of them. */
public final class PhotoMemoryTest {
    private static final long MEGABYTE = 1 << 20;

    public void aSmallHeapReadsLess() {
        Check.equal(PhotoMemory.MAX_PIXELS, PhotoMemory.readable(512 * MEGABYTE));
        // Photo, painting and two buffers of 3 bytes a pixel, transparency of 1.
        int pixels = PhotoMemory.readable(128 * MEGABYTE);
        Check.equal((int) (96 * MEGABYTE / 13), pixels);
        Check.equal(PaintPlan.MIN_PIXELS, PhotoMemory.readable(0));
        Check.equal(PaintPlan.MIN_PIXELS, PhotoMemory.readable(-5));
        Check.equal(PhotoMemory.MAX_PIXELS, PhotoMemory.readable(Long.MAX_VALUE));
    }

    public void aDeviceThatIsShortOfMemoryPaintsLess() throws Exception {
        Check.equal(PhotoMemory.MAX_PIXELS, PhotoMemory.paintable(Long.MAX_VALUE));
        Check.equal(PaintPlan.MIN_PIXELS, PhotoMemory.paintable(-MEGABYTE));
        int pixels = PhotoMemory.paintable(1024 * MEGABYTE);
        Check.equal((int) (512 * MEGABYTE / 170), pixels);
        // 12, 50 and 16 megapixels: what is painted fits.
        int[][] photos = {{3000, 4000}, {6120, 8160}, {4096, 4096}, {1, 1 << 24}};
        for (int[] photo : photos) {
            PaintPlan plan = PaintPlan.of(photo[0], photo[1], Strokes.FINE, false, pixels);
            Check.that(
                    (long) plan.paintHeight() * plan.paintWidth() <= pixels,
                    photo[0] + "x" + photo[1]);
        }
    }

    public void bandsOfAnyPictureAreSmall() {
        int[][] pictures = {{3000, 4000}, {1, 1 << 24}, {1 << 24, 1}, {8, 2000000}, {5, 3}};
        for (int[] picture : pictures) {
            int rows = PhotoMemory.bandRows(picture[0], picture[1]);
            Check.that(rows >= 1 && rows <= picture[0], "rows: " + rows);
            long bytes = 3L * rows * picture[1];
            Check.that(bytes <= Math.max(3L * picture[1], 3L << 17), "bytes: " + bytes);
        }
    }

    public void eachShareHasAFileOfItsOwnForADay() throws Exception {
        File folder = new File(RunTests.folder(), "shared");
        ShareFolder shares = new ShareFolder(folder);
        long now = System.currentTimeMillis();
        File first = shares.next(now, PaintingFormat.JPEG);
        Files.write(first.toPath(), new byte[] {1});
        File second = shares.next(now, PaintingFormat.JPEG);
        Check.that(!first.equals(second), "another one");
        Files.write(second.toPath(), new byte[] {2});
        Check.equal(first, shares.find(first.getName()));
        Check.that(second.setLastModified(now - 25L * 3600 * 1000), "made older");
        shares.next(now, PaintingFormat.JPEG);
        Check.equal(null, shares.find(second.getName()));
        Check.equal(first, shares.find(first.getName()));
        File cutOut = shares.next(now, PaintingFormat.PNG);
        Check.that(cutOut.getName().endsWith(".png"), cutOut.getName());
        Files.write(cutOut.toPath(), new byte[] {3});
        Check.equal(cutOut, shares.find(cutOut.getName()));
    }

    public void namesOfNoShareFindNothing() throws Exception {
        File folder = RunTests.folder();
        File inside = new File(folder, "shared");
        ShareFolder shares = new ShareFolder(inside);
        shares.next(5, PaintingFormat.JPEG);
        Files.write(new File(folder, "tinystyle-1.jpg").toPath(), new byte[] {1});
        Check.that(new File(inside, "tinystyle-a").mkdir(), "a folder to climb out of");
        for (String name : new String[] {"secret", "tinystyle-1a.jpg", "tinystyle-.jpg"}) {
            Files.write(new File(inside, name).toPath(), new byte[] {1});
        }
        String[] wrong = {
            null, "", "secret", "../tinystyle-1.jpg", "tinystyle-a/../../tinystyle-1.jpg",
            "tinystyle-.jpg", "tinystyle-5.jpg", "tinystyle-1.gif", "tinystyle-1.jpg.png",
            "tinystyle-1.jpg\u0000", "tinystyle-1a.jpg",
            "tinystyle-11111111111111111111.jpg", "tinystyle-\u0661.jpg",
        };
        for (String name : wrong) {
            Check.equal(null, shares.find(name));
        }
        File file = new File(folder, "tinystyle-1.jpg");
        Check.refused(
                StyleException.Kind.OUTPUT, "cannot be made",
                () -> new ShareFolder(file).next(1, PaintingFormat.JPEG));
    }
}
