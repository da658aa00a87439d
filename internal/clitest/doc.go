// Package clitest is what the tests of the commands share: scripts (testscript) that start
// programs and stop them again, and the reference pages that are made from the commands.
package clitest
