package dev.tinystyle.core;

import java.nio.ByteBuffer;

/** What pixels are not compared with Python for: mistakes, and packing. */
public final class PixelsTest {
    private final ByteBuffer rgb = ByteBuffer.allocateDirect(64 * 64 * 3);
    private final YuvConverter converter = new YuvConverter();

    private void refused(YuvFrame frame, String part) throws Exception {
        Check.refused(
                StyleException.Kind.PICTURE, part,
                () -> converter.convert(frame, 0, false, rgb, 64, 64));
    }

    public void planesThatAreTooShortAreRefused() throws Exception {
        YuvFrame frame = PreviewPipelineTest.frame(65, 65);
        converter.convert(frame, 0, false, rgb, 64, 64);
        refused(PreviewPipelineTest.frame(65, 65).y(ByteBuffer.allocate(65 * 65 - 1), 65, 1), "65");
        refused(PreviewPipelineTest.frame(65, 65).y(null, 65, 1), "missing");
        refused(PreviewPipelineTest.frame(65, 65).y(frame.y, 64, 1), "short");
        refused(PreviewPipelineTest.frame(65, 65).y(frame.y, 65, 0), "short");
        refused(PreviewPipelineTest.frame(65, 65).u(frame.y, Integer.MAX_VALUE, 1), "short");
        refused(new YuvFrame(), "0x0");
        frame.clear();
        refused(frame, "missing");
    }

    public void anglesAreRightOnes() throws Exception {
        YuvFrame frame = PreviewPipelineTest.frame(64, 64);
        for (int angle : new int[] {-90, 45, 360}) {
            Check.refused(
                    StyleException.Kind.OPTION, "rotation is " + angle,
                    () -> converter.convert(frame, angle, false, rgb, 64, 64));
        }
    }

    public void packingIsOpaque() {
        ByteBuffer three = ByteBuffer.allocateDirect(1500 * 3);
        ByteBuffer four = ByteBuffer.allocateDirect(1500 * 4);
        byte[] values = new byte[1500 * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) (i * 7);
        }
        three.put(values);
        new PixelPacking().toRgba(three, four, 1500);
        int[] argb = new int[1500];
        PixelPacking.toArgb(values, null, 0, argb, 0, 1500);
        for (int i = 0; i < 1500; i++) {
            int expected = 255 << 24 | (four.get(4 * i) & 0xff) << 16
                    | (four.get(4 * i + 1) & 0xff) << 8 | four.get(4 * i + 2) & 0xff;
            Check.equal(expected, argb[i]);
            Check.equal(values[3 * i + 2], four.get(4 * i + 2));
        }
        byte[] back = new byte[values.length];
        PixelPacking.fromArgb(argb, 0, back, new byte[1500], 0, 1500);
        Check.equal(values, back);
    }

    public void packingKeepsTransparency() {
        int[] argb = {0x00123456, 0x80010203, 0xff0080ff};
        byte[] rgb = new byte[12];
        byte[] alpha = new byte[4];
        PixelPacking.fromArgb(argb, 1, rgb, alpha, 2, 2);
        Check.equal(new byte[] {0, 0, 0, 0, 0, 0, 1, 2, 3, 0, (byte) 128, -1}, rgb);
        Check.equal(new byte[] {0, 0, (byte) 128, -1}, alpha);
        int[] back = new int[3];
        PixelPacking.toArgb(rgb, alpha, 2, back, 1, 2);
        Check.equal(argb[1], back[1]);
        Check.equal(argb[2], back[2]);
    }

    public void opaquePicturesHaveNoTransparency() throws Exception {
        PictureRows rows = new PictureRows(2, 1);
        rows.add(new int[] {0xff010203});
        Check.mistaken(() -> rows.rgb());
        rows.add(new int[] {0xff040506});
        Check.equal(new byte[] {1, 2, 3, 4, 5, 6}, rows.rgb());
        Check.equal(null, (Object) rows.alpha());
    }

    public void settingsHaveLimits() throws Exception {
        StyleException.Kind kind = StyleException.Kind.OPTION;
        Check.refused(kind, "threads", () -> new SessionSettings(Provider.CPU, 65, 64, 64));
        Check.refused(kind, "63x64", () -> new SessionSettings(Provider.CPU, 1, 63, 64));
        Check.refused(kind, "pixels", () -> new SessionSettings(Provider.CPU, 1, 8192, 8192));
        Check.refused(kind, "cpu, xnnpack, nnapi, qnn", () -> Provider.of("CPU"));
        Check.equal(Provider.NNAPI, Provider.of("nnapi"));
    }

    public void statisticsOfNothingAreAMistake() throws Exception {
        Check.mistaken(() -> Statistics.percentile(new double[0], 50));
        Check.mistaken(() -> Statistics.percentile(new double[1], 101));
        Check.mistaken(() -> Statistics.percentile(new double[1], Double.NaN));
        Check.mistaken(() -> Statistics.mean(new double[0]));
    }
}
