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

// seal finds the secrets of an extension: what is writeOnly, or never returned
// (RFC 7643 §7: "the value is a stored hash"), and all parts of it. They are
// returned never, and a hash takes the place of the value when it comes in. An
// immutable one stays in clear, since what a client sends again must be
// compared with it; it is not returned either.
func seal(list []*attribute, hidden bool) {
	for _, a := range list {
		hides := hidden || a.Mutability == writeOnly || a.Returned == returnedNever
		if hides {
			a.Returned = returnedNever
		}
		seal(a.SubAttributes, hides)
		a.sealed = hides && a.Type != typeComplex && a.Mutability != readOnly && a.Mutability != immutable
	}
}

// SecretNames gives the names of attributes that schemas declare to be secret,
// for [ConnectionOptions].
func SecretNames(list ...Extension) []string {
	var names []string
	var walk func([]*attribute)
	walk = func(attributes []*attribute) {
		for _, a := range attributes {
			if a.Returned == returnedNever {
				names = append(names, a.Name)
			}
			walk(a.SubAttributes)
		}
	}
	for _, x := range list {
		if s, err := loadSchema(x.Document, true); err == nil { // else nothing starts
			walk(s.Attributes)
		}
	}
	return names
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
