// Package trust holds the two promises that no single package can be tested for: a reading
// that is not whole never takes anything away from anybody, and a process that is killed
// leaves nothing twice, nothing orphaned and nothing lost. All of it is in the tests.
package trust
