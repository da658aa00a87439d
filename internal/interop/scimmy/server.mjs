// scimmy over a store in memory: the kind of server that a product has which takes its
// SCIM from npm. The bearer token comes in SCIM_TOKEN. It says on which URL it is
// listening, and ends when its standard input does, so that it never outlives a test.
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const {User, Group} = SCIMMY.Resources;
const {EnterpriseUser} = SCIMMY.Schemas;
const refuse = (...args) => { throw new SCIMMY.Types.Error(...args); };

let made = 0;
let writes = 0;

// shelf keeps one resource type; unique is an attribute that no two resources may share,
// compared without case.
function shelf(prefix, unique, gone = () => {}) {
    const rows = new Map();
    return {
        rows,
        ingress(resource, data) {
            const row = JSON.parse(JSON.stringify(data));
            if (resource.id && !rows.has(resource.id)) refuse(404, null, `Resource ${resource.id} not found`);
            const key = (r) => String(r[unique]).toLowerCase();
            for (const [id, other] of rows) {
                if (unique && id !== resource.id && key(other) === key(row)) refuse(409, "uniqueness", `${unique} is taken`);
            }
            const now = new Date().toISOString();
            row.id = resource.id ?? `${prefix}${++made}`;
            row.meta = {created: rows.get(row.id)?.meta.created ?? now, lastModified: now};
            delete row.password;
            rows.set(row.id, row);
            return structuredClone(row);
        },
        egress(resource) {
            if (resource.id) return structuredClone(rows.get(resource.id) ?? refuse(404, null, `Resource ${resource.id} not found`));
            const all = structuredClone([...rows.values()]);
            return resource.filter ? resource.filter.match(all) : all;
        },
        degress(resource) {
            if (!rows.delete(resource.id)) refuse(404, null, `Resource ${resource.id} not found`);
            gone(resource.id);
        },
    };
}

const groups = shelf("g");
const users = shelf("u", "userName", (id) => {
    for (const group of groups.rows.values()) group.members = group.members?.filter((m) => m.value !== id);
});
SCIMMY.Resources.declare(User.extend(EnterpriseUser, false)).ingress(users.ingress).egress(users.egress).degress(users.degress);
SCIMMY.Resources.declare(Group).ingress(groups.ingress).egress(groups.egress).degress(groups.degress);

const app = express();
app.get("/writes", (req, res) => res.send(String(writes)));
app.use("/scim", (req, res, next) => {
    if (req.method !== "GET") writes++;
    next();
}, new SCIMMYRouters({
    type: "bearer",
    handler: (req) => {
        if (req.header("Authorization") !== `Bearer ${process.env.SCIM_TOKEN}`) throw new Error("no such token");
    },
}));

const server = app.listen(0, "127.0.0.1", () => console.log(`listening http://127.0.0.1:${server.address().port}`));
process.stdin.on("end", () => process.exit(0)).resume();
