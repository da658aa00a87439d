package oktasim

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// oelFunction is a function of Okta Expression Language; most is -1 if it takes any
// number of arguments.
type oelFunction struct {
	least, most int
	do          func(s *oelScope, args []any) any
}

// maxOELText bounds what replacing may make of a text: a few nested calls would otherwise
// fill the memory.
const maxOELText = 64 << 10

func replaceOEL(s []string) any {
	if len(s[0])+strings.Count(s[0], s[1])*len(s[2]) > maxOELText {
		return nil
	}
	return strings.ReplaceAll(s[0], s[1], s[2])
}

// oelFunctions are the documented ones that rules and mappings of this kind of app use.
func oelFunctions() map[string]oelFunction {
	text := func(n int, do func(s []string) any) oelFunction {
		return oelFunction{n, n, func(_ *oelScope, args []any) any {
			if args[0] == nil {
				return nil
			}
			all := make([]string, len(args))
			for i, a := range args {
				all[i] = asText(a)
			}
			return do(all)
		}}
	}
	member := func(hits func(g *group, arg string) bool) oelFunction {
		return oelFunction{1, -1, func(s *oelScope, args []any) any {
			if s.user == nil {
				return false
			}
			return slices.ContainsFunc(s.user.groups, func(id string) bool {
				g := s.org.groups[id]
				return g != nil && slices.ContainsFunc(args, func(a any) bool { return hits(g, asText(a)) })
			})
		}}
	}
	byID := member(func(g *group, id string) bool { return g.id == id })
	return map[string]oelFunction{
		"String.toLowerCase":  text(1, func(s []string) any { return strings.ToLower(s[0]) }),
		"String.toUpperCase":  text(1, func(s []string) any { return strings.ToUpper(s[0]) }),
		"String.removeSpaces": text(1, func(s []string) any { return strings.ReplaceAll(s[0], " ", "") }),
		"String.len":          text(1, func(s []string) any { return float64(utf8.RuneCountInString(s[0])) }),
		"String.append":       text(2, func(s []string) any { return s[0] + s[1] }),
		"String.join": {1, -1, func(_ *oelScope, args []any) any {
			var all []string
			for _, a := range args[1:] {
				all = append(all, asText(a))
			}
			return strings.Join(all, asText(args[0]))
		}},
		"String.startsWith":      text(2, func(s []string) any { return strings.HasPrefix(s[0], s[1]) }),
		"String.endsWith":        text(2, func(s []string) any { return strings.HasSuffix(s[0], s[1]) }),
		"String.stringContains":  text(2, func(s []string) any { return strings.Contains(s[0], s[1]) }),
		"String.replace":         text(3, replaceOEL),
		"String.replaceFirst":    text(3, func(s []string) any { return strings.Replace(s[0], s[1], s[2], 1) }),
		"String.substringBefore": text(2, func(s []string) any { before, _, _ := strings.Cut(s[0], s[1]); return before }),
		"String.substringAfter":  text(2, func(s []string) any { _, after, _ := strings.Cut(s[0], s[1]); return after }),
		"String.substring": {3, 3, func(_ *oelScope, args []any) any {
			all := []rune(asText(args[0]))
			from, okay := args[1].(float64)
			to, both := args[2].(float64)
			if !okay || !both || from < 0 || to < from {
				return nil
			}
			return string(all[min(int(from), len(all)):min(int(to), len(all))])
		}},
		"String.stringSwitch": {2, -1, func(_ *oelScope, args []any) any {
			for i := 2; i+1 < len(args); i += 2 {
				if strings.Contains(asText(args[0]), asText(args[i])) {
					return args[i+1]
				}
			}
			return args[1]
		}},
		"Convert.toInt": text(1, func(s []string) any {
			n, err := strconv.ParseFloat(s[0], 64)
			if err != nil {
				return nil
			}
			return float64(int64(n))
		}),
		"Arrays.contains": {2, 2, func(_ *oelScope, args []any) any {
			list, _ := args[0].([]any)
			return slices.ContainsFunc(list, func(x any) bool { return sameOEL(x, args[1]) })
		}},
		"Arrays.size": {1, 1, func(_ *oelScope, args []any) any {
			list, _ := args[0].([]any)
			return float64(len(list))
		}},
		"Arrays.isEmpty": {1, 1, func(_ *oelScope, args []any) any {
			list, _ := args[0].([]any)
			return len(list) == 0
		}},
		"isMemberOfGroup":               byID,
		"isMemberOfAnyGroup":            byID,
		"isMemberOfGroupName":           member(func(g *group, name string) bool { return g.profile.Name == name }),
		"isMemberOfGroupNameStartsWith": member(func(g *group, name string) bool { return strings.HasPrefix(g.profile.Name, name) }),
		"isMemberOfGroupNameContains":   member(func(g *group, name string) bool { return strings.Contains(g.profile.Name, name) }),
		"isMemberOfGroupNameRegex": member(func(g *group, pattern string) bool {
			re, err := regexp.Compile(pattern)
			return err == nil && re.MatchString(g.profile.Name)
		}),
	}
}
