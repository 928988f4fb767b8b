package dev.tinystyle.core;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the public methods of the classes named, each on an object of its own. Exit code 1 where one
 * throws. A runner of our own, so that tests need a JDK and nothing else.
 */
public final class RunTests {
    private static final List<File> FOLDERS = new ArrayList<>();

    private RunTests() {}

    /** An empty folder, which is deleted after the test. */
    static File folder() throws IOException {
        File folder = Files.createTempDirectory("tinystyle-test-").toFile();
        FOLDERS.add(folder);
        return folder;
    }

    public static void main(String[] classes) throws Exception {
        int passed = 0;
        int failed = 0;
        for (String name : classes) {
            Class<?> type = Class.forName(name);
            for (Method method : type.getDeclaredMethods()) {
                boolean test = Modifier.isPublic(method.getModifiers())
                        && method.getParameterCount() == 0;
                if (!test) {
                    continue;
                }
                Object object = type.getDeclaredConstructor().newInstance();
                try {
                    method.invoke(object);
                    passed++;
                    System.out.println("ok " + type.getSimpleName() + "." + method.getName());
                } catch (InvocationTargetException error) {
                    failed++;
                    System.out.println("FAILED " + type.getSimpleName() + "." + method.getName());
                    error.getCause().printStackTrace(System.out);
                } finally {
                    FOLDERS.forEach(RunTests::delete);
                    FOLDERS.clear();
                }
            }
        }
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed > 0 || passed == 0 ? 1 : 0);
    }

    private static void delete(File file) {
        File[] inside = file.listFiles();
        for (File entry : inside == null ? new File[0] : inside) {
            delete(entry);
        }
        Check.that(file.delete(), file + " cannot be deleted");
    }
}
