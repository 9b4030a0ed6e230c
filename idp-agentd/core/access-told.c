/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that ask for what no platform of this host tells: they never hold, and nobody sees why. */

#include "idp-agentd/core/access-words.h"
#include "idp-agentd/core/config-problem.h"

struct told {
	enum atom_kind kind;
	const char *name;
	bool known; /* somebody tells it, or it was noted */
};

enum { TOLD_ROLE = 0, TOLD_PRODUCT, TOLD_SITE, TOLD_ORIGIN, TOLD_UUID, TOLD_TENANT, N_TOLD };

static void ask_providers(const struct config *config, struct told *told)
{
	for (size_t i = 0; i < config->n_providers; i++) {
		const struct config_provider *provider = &config->providers[i];

		told[TOLD_ROLE].known |= provider->roles_from != NULL;
		told[TOLD_PRODUCT].known |= provider->products_from != NULL;
		told[TOLD_SITE].known |= provider->site_from != NULL;
		told[TOLD_ORIGIN].known |= provider->origin_from != NULL;
		told[TOLD_UUID].known |= provider->uuid_from != NULL;
		told[TOLD_TENANT].known |= provider->tenant_from != NULL;
	}
	for (size_t i = 0; i < config->n_directories; i++)
		told[TOLD_ORIGIN].known |= config->directories[i].origin_from != NULL;
}

static void note_atoms(const struct parse *parse, const struct rule *rule, const char *rule_kind,
		       const struct atoms *atoms, struct told *told)
{
	for (size_t i = 0; i < atoms->n; i++)
		for (size_t k = 0; k < N_TOLD; k++) {
			if (told[k].known || atoms->items[i].kind != told[k].kind)
				continue;
			told[k].known = true;
			config_problem_note(
				parse->problems, rule->place,
				"[%s %s] has a condition %s: but no [provider] has %s%s_from: it "
				"holds for nobody",
				rule_kind, rule->name, told[k].name, told[k].name,
				k == TOLD_ROLE || k == TOLD_PRODUCT ? "s" : "");
		}
}

static void note_rules(const struct parse *parse, const struct rules *rules, const char *kind,
		       struct told *told)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->items[i];

		note_atoms(parse, rule, kind, &rule->need, told);
		note_atoms(parse, rule, kind, &rule->any, told);
		note_atoms(parse, rule, kind, &rule->never, told);
	}
}

void parse_note_untold(const struct parse *parse)
{
	struct told told[N_TOLD] = {
		[TOLD_ROLE] = { ATOM_ROLE, "role", false },
		[TOLD_PRODUCT] = { ATOM_PRODUCT, "product", false },
		[TOLD_SITE] = { ATOM_SITE, "site", false },
		[TOLD_ORIGIN] = { ATOM_ORIGIN, "origin", false },
		[TOLD_UUID] = { ATOM_UUID, "uuid", false },
		[TOLD_TENANT] = { ATOM_TENANT, "tenant", false },
	};

	ask_providers(parse->config, told);
	note_rules(parse, &parse->rules->allow, "allow", told);
	note_rules(parse, &parse->rules->deny, "deny", told);
}
