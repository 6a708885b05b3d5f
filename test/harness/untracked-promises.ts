/**
 * Loaded before every test file. The test runner follows each promise to the test that made it, only to name that test when an
 * error is caught nowhere. Here almost everything is a promise, and that cost a fifth of the time. Such an error still fails
 * its file, without the name of the test.
 */
import hooks from 'node:async_hooks';

const { createHook } = hooks;
hooks.createHook = (callbacks) => createHook({ ...callbacks, trackPromises: false });
