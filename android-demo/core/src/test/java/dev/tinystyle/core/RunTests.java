package dev.tinystyle.core;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;

/**
 * Runs the public methods of the classes named, each on an object of its own. Exit code 1 where one
 * throws. A runner of our own, so that tests need a JDK and nothing else.
 */
public final class RunTests {
    private RunTests() {}

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
                }
            }
        }
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed > 0 || passed == 0 ? 1 : 0);
    }
}
