// Helpers come with the tests.
