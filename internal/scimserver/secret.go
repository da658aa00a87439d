package scimserver

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// The cost of a password hash. It is argon2id with a random salt, so equal
// passwords do not look equal and a list of common ones has to be tried
// against each account; but with 64 KiB and one pass, about 50 µs, far below
// what RFC 9106 advises for people's passwords (64 MiB). A reference server
// must take 10,000 creates in seconds, and what it holds are test accounts:
// Okta fills password with a random text that nobody knows.
const (
	hashPasses  = 1
	hashMemory  = 64 // KiB
	hashThreads = 1
	hashLength  = 32 // bytes
	saltLength  = 16 // bytes
)

// hashSecret gives the hash of a password in PHC form, which names its own cost.
func hashSecret(plain string) string {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails, see crypto/rand
	key := argon2.IDKey([]byte(plain), salt, hashPasses, hashMemory, hashThreads, hashLength)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashThreads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// hashSecrets hashes all values of a map; "", which means "taken away", stays.
func hashSecrets(plain map[string]string) map[string]string {
	if len(plain) == 0 {
		return nil
	}
	hashed := make(map[string]string, len(plain))
	for name, text := range plain {
		if text != "" {
			text = hashSecret(text)
		}
		hashed[name] = text
	}
	return hashed
}
