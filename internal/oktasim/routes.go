package oktasim

import (
	"net/http"
	"strings"
)

// route is one endpoint: what it costs, what it asks for, what it does.
type route struct {
	bucket string
	// scopes are needed all; manage includes read.
	scopes []string
	// list says that a caller without a role gets an empty list instead of an error.
	list bool
	// open needs no credentials; control is the sandbox's own and only for its token.
	open, control bool
	serve         handler
}

// Areas of scopes: "okta." + area + ".read" or ".manage".
const (
	areaUsers      = "users"
	areaGroups     = "groups"
	areaApps       = "apps"
	areaSchemas    = "schemas"
	areaMappings   = "profileMappings"
	areaLogs       = "logs"
	areaHooks      = "eventHooks"
	areaPrincipals = "principalRateLimits"
)

// rulesPath begins the paths of group rules. They have a mux of their own, because
// groups/rules/{rule} and groups/{group}/users exclude each other in one.
const rulesPath = "/api/v1/groups/rules"

// routesOf returns the mux that knows the path.
func (o *Org) routesOf(r *http.Request) *http.ServeMux {
	if r.URL.Path == rulesPath || strings.HasPrefix(r.URL.Path, rulesPath+"/") {
		return o.rulesMux
	}
	return o.routes
}

// addRoutes makes both muxes.
func (o *Org) addRoutes() {
	o.routes, o.rulesMux = http.NewServeMux(), http.NewServeMux()
	add := func(pattern string, rt route) {
		o.patterns = append(o.patterns, pattern)
		mux := o.routes
		if strings.Contains(pattern, rulesPath) {
			mux = o.rulesMux
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { o.serveRoute(w, r, &rt) }) //nolint:contextcheck // a hook is called after the request that made the event
	}
	// api adds an endpoint below /api/v1. areas are parted by a space.
	api := func(pattern, bucket, areas string, serve handler) {
		method, path, _ := strings.Cut(pattern, " ")
		right := ".manage"
		if method == http.MethodGet {
			right = ".read"
		}
		rt := route{bucket: bucket, serve: serve}
		for area := range strings.FieldsSeq(areas) {
			rt.scopes = append(rt.scopes, "okta."+area+right)
		}
		// Lists end in a plural, which is the last or, for members of something, the
		// third segment.
		rt.list = method == http.MethodGet && !strings.HasSuffix(path, "}") && !strings.HasSuffix(path, "/default")
		add(method+" /api/v1"+path, rt)
	}
	userRoutes(api)
	groupRoutes(api)
	appRoutes(api)
	api("GET /mappings", bucketRest, areaMappings, listMappings)
	api("GET /mappings/{mapping}", bucketRest, areaMappings, getMapping)
	api("POST /mappings/{mapping}", bucketRest, areaMappings, updateMapping)
	api("GET /meta/schemas/apps/{app}/default", bucketRest, areaSchemas, oneApp(getAppSchema))
	api("GET /meta/schemas/user/{schema}", bucketRest, areaSchemas, getUserSchema)
	api("GET /logs", bucketLogs, areaLogs, listLog)
	hookRoutes(api)
	api("GET /principal-rate-limits", bucketRest, areaPrincipals, listPrincipalLimits)
	api("POST /principal-rate-limits", bucketRest, areaPrincipals, createPrincipalLimit)
	api("GET /principal-rate-limits/{limit}", bucketRest, areaPrincipals, onePrincipalLimit(getPrincipalLimit))
	api("PUT /principal-rate-limits/{limit}", bucketRest, areaPrincipals, onePrincipalLimit(replacePrincipalLimit))
	governance := func(pattern, right string, list bool, serve handler) {
		add(pattern, route{bucket: bucketRest, scopes: []string{"okta.governance.entitlements" + right}, list: list, serve: serve})
	}
	governance("GET /governance/api/v1/grants", ".read", true, listGrants)
	governance("POST /governance/api/v1/grants", ".manage", false, createGrant)
	governance("GET /governance/api/v1/grants/{grant}", ".read", false, oneGrant(getGrant))
	governance("PUT /governance/api/v1/grants/{grant}", ".manage", false, oneGrant(replaceGrant))
	add("POST /oauth2/v1/token", route{bucket: bucketRest, open: true, serve: issueToken})
	o.addControls(add)
}

type addAPI func(pattern, bucket, areas string, serve handler)

func userRoutes(api addAPI) {
	api("GET /users", bucketUsers, areaUsers, listUsers)
	api("POST /users", bucketUsers, areaUsers, createUser)
	api("GET /users/{user}", bucketUser, areaUsers, oneUser(getUser))
	api("POST /users/{user}", bucketUser, areaUsers, oneUser(updateUser))
	api("PUT /users/{user}", bucketUser, areaUsers, oneUser(replaceUser))
	api("DELETE /users/{user}", bucketUser, areaUsers, oneUser(deleteUser))
	api("GET /users/{user}/groups", bucketUsers, areaUsers, oneUser(listUserGroups))
	for action, serve := range map[string]func(*call, *user) (reply, *apiError){
		"activate": activateUser, "deactivate": deactivateUser, "suspend": suspendUser,
		"unsuspend": unsuspendUser, "reactivate": reactivateUser, "unlock": unlockUser,
	} {
		api("POST /users/{user}/lifecycle/"+action, bucketUsers, areaUsers, oneUser(serve))
	}
}

func groupRoutes(api addAPI) {
	api("GET /groups", bucketGroups, areaGroups, listGroups)
	api("POST /groups", bucketGroups, areaGroups, createGroup)
	api("GET /groups/rules", bucketGroups, areaGroups, listGroupRules)
	api("POST /groups/rules", bucketGroups, areaGroups, createRule)
	api("GET /groups/rules/{rule}", bucketGroups, areaGroups, oneRule(getRule))
	api("PUT /groups/rules/{rule}", bucketGroups, areaGroups, oneRule(replaceRule))
	api("DELETE /groups/rules/{rule}", bucketGroups, areaGroups, oneRule(deleteRule))
	api("POST /groups/rules/{rule}/lifecycle/activate", bucketGroups, areaGroups, oneRule(activateRule))
	api("POST /groups/rules/{rule}/lifecycle/deactivate", bucketGroups, areaGroups, oneRule(deactivateRule))
	api("GET /groups/{group}", bucketGroup, areaGroups, oneGroup(getGroup))
	api("PUT /groups/{group}", bucketGroup, areaGroups, oneGroup(replaceGroup))
	api("DELETE /groups/{group}", bucketGroup, areaGroups, oneGroup(deleteGroup))
	api("GET /groups/{group}/users", bucketGroups, areaGroups, oneGroup(listGroupMembers))
	api("PUT /groups/{group}/users/{user}", bucketGroups, areaGroups, memberOf((*call).join))
	api("DELETE /groups/{group}/users/{user}", bucketGroups, areaGroups, memberOf((*call).leave))
	api("GET /groups/{group}/users/{user}/group-rules", bucketGroups, areaGroups, oneGroup(listMemberRules))
	api("GET /groups/{group}/skinny_users", bucketGroups, areaGroups, oneGroup(listSkinnyMembers))
	api("GET /groups/{group}/owners", bucketGroups, areaGroups, oneGroup(listOwners))
	api("GET /groups/{group}/apps", bucketGroups, areaGroups, oneGroup(listGroupApps))
}

func appRoutes(api addAPI) {
	api("GET /apps", bucketApps, areaApps, listApps)
	api("POST /apps", bucketApps, areaApps, createApp)
	api("GET /apps/{app}", bucketApp, areaApps, oneApp(getApp))
	api("PUT /apps/{app}", bucketApp, areaApps, oneApp(replaceApp))
	api("DELETE /apps/{app}", bucketApp, areaApps, oneApp(deleteApp))
	api("POST /apps/{app}/lifecycle/activate", bucketApps, areaApps, setAppStatus(statusActive, "application.lifecycle.activate"))
	api("POST /apps/{app}/lifecycle/deactivate", bucketApps, areaApps, setAppStatus(statusInactive, "application.lifecycle.deactivate"))
	api("GET /apps/{app}/features", bucketApps, areaApps, oneApp(listAppFeatures))
	api("GET /apps/{app}/features/{feature}", bucketApps, areaApps, oneApp(getAppFeature))
	api("PUT /apps/{app}/features/{feature}", bucketApps, areaApps, oneApp(putAppFeature))
	api("GET /apps/{app}/connections/default", bucketApps, areaApps, oneApp(appConnection))
	api("POST /apps/{app}/connections/default", bucketApps, areaApps, oneApp(setConnection))
	api("POST /apps/{app}/connections/default/lifecycle/activate", bucketApps, areaApps, switchConnection(enabled))
	api("POST /apps/{app}/connections/default/lifecycle/deactivate", bucketApps, areaApps, switchConnection(disabled))
	api("GET /apps/{app}/skinny_users", bucketApps, areaApps, oneApp(listSkinnyAppUsers))

	api("GET /apps/{app}/users", bucketApps, areaApps, oneApp(listAppUsers))
	api("POST /apps/{app}/users", bucketApps, areaApps, oneApp(assignUser))
	api("GET /apps/{app}/users/{user}", bucketApps, areaApps, oneAppUser(getAppUser))
	api("POST /apps/{app}/users/{user}", bucketApps, areaApps, oneAppUser(updateAppUser))
	api("DELETE /apps/{app}/users/{user}", bucketApps, areaApps, oneAppUser(unassignUser))

	api("GET /apps/{app}/groups", bucketApps, areaApps, oneApp(listAppGroups))
	api("GET /apps/{app}/groups/{group}", bucketApps, areaApps, assignedGroup(getAppGroup))
	api("PUT /apps/{app}/groups/{group}", bucketApps, areaApps, oneApp(assignGroup))
	api("DELETE /apps/{app}/groups/{group}", bucketApps, areaApps, assignedGroup(removeAppGroup))

	both := areaApps + " " + areaGroups
	api("GET /apps/{app}/group-push/mappings", bucketApps, both, oneApp(listPushes))
	api("POST /apps/{app}/group-push/mappings", bucketApps, both, oneApp(createPush))
	api("GET /apps/{app}/group-push/mappings/{mapping}", bucketApps, both, onePush(getPush))
	api("PATCH /apps/{app}/group-push/mappings/{mapping}", bucketApps, both, onePush(updatePush))
	api("DELETE /apps/{app}/group-push/mappings/{mapping}", bucketApps, both, onePush(deletePush))
}

func hookRoutes(api addAPI) {
	api("GET /eventHooks", bucketRest, areaHooks, listHooks)
	api("POST /eventHooks", bucketRest, areaHooks, createHook)
	api("GET /eventHooks/{hook}", bucketRest, areaHooks, oneHook(getHook))
	api("PUT /eventHooks/{hook}", bucketRest, areaHooks, oneHook(replaceHook))
	api("DELETE /eventHooks/{hook}", bucketRest, areaHooks, oneHook(deleteHook))
	api("POST /eventHooks/{hook}/lifecycle/verify", bucketRest, areaHooks, oneHook(verifyHook))
	api("POST /eventHooks/{hook}/lifecycle/activate", bucketRest, areaHooks, setHookStatus(statusActive, "event_hook.activated"))
	api("POST /eventHooks/{hook}/lifecycle/deactivate", bucketRest, areaHooks, setHookStatus(statusInactive, "event_hook.deactivated"))
}
