import { flinkClassPath, javaTool, javaVersion } from '../../../bench/flink/install-flink';

describe('the JDK for Flink', () => {
  it('is that of JAVA_HOME, or that of the PATH', () => {
    expect(javaTool('java', { JAVA_HOME: '/opt/jdk' })).toBe('/opt/jdk/bin/java');
    expect(javaTool('javac', {})).toBe('javac');
  });

  it.each([
    ['javac 17.0.15', 17],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\njavac 21', 21],
    ['javac 1.8.0_402', 1],
    ['command not found', undefined],
  ])('tells its version: %s', (text, version) => expect(javaVersion(text)).toBe(version));
});

it('names the build by its sources', () => {
  expect(flinkClassPath()).toMatch(/bench-flink-[0-9a-f]{12}\/classes:.*\/lib\/\*$/);
});
