// SPDX-License-Identifier: LGPL-2.1-or-later
// Where oidc-provider keeps codes, grants and sessions: one store in memory for the whole life of
// the platform, so that a provider made anew with other keys knows them still.

const INDEXED = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest']);

export function memoryAdapter() {
	const store = new Map();
	const grants = new Map();

	const put = (key, value, seconds) => store.set(key, { value, ends: seconds ? Date.now() + seconds * 1000 : Infinity });
	const get = (key) => {
		const entry = store.get(key);
		if (entry && entry.ends < Date.now()) store.delete(key);
		else return entry?.value;
		return undefined;
	};

	const sweep = setInterval(() => {
		for (const [key, entry] of store) if (entry.ends < Date.now()) store.delete(key);
	}, 60000);
	sweep.unref();

	return class MemoryAdapter {
		/** The values of all tokens and device codes, or of this kind of them, in the order they were given. */
		static secrets(kind) {
			const models = /^(AccessToken|RefreshToken|ClientCredentials|DeviceCode|AuthorizationCode):(.+)$/;
			const found = [...store.keys()].map((key) => models.exec(key)).filter(Boolean);
			return found.filter((one) => !kind || one[1] === kind).map((one) => one[2]);
		}

		/** Everybody who is signed in has been so for that much longer. */
		static age(seconds) {
			for (const [key, entry] of store) if (key.startsWith('Session:') && entry.value.loginTs) entry.value.loginTs -= seconds;
		}

		constructor(model) { this.model = model; }

		key(id) { return `${this.model}:${id}`; }

		async upsert(id, payload, seconds) {
			const key = this.key(id);
			if (payload.uid) put(`uid:${this.model}:${payload.uid}`, id, seconds);
			if (payload.userCode) put(`code:${this.model}:${payload.userCode}`, id, seconds);
			if (INDEXED.has(this.model) && payload.grantId) {
				if (!grants.has(payload.grantId)) grants.set(payload.grantId, new Set());
				grants.get(payload.grantId).add(key);
			}
			put(key, payload, seconds);
		}

		async find(id) { return get(this.key(id)); }

		async findByUid(uid) { return this.find(get(`uid:${this.model}:${uid}`)); }

		async findByUserCode(code) { return this.find(get(`code:${this.model}:${code}`)); }

		async consume(id) { get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }

		async destroy(id) { store.delete(this.key(id)); }

		async revokeByGrantId(grantId) { // eslint-disable-line class-methods-use-this
			for (const key of grants.get(grantId) ?? []) store.delete(key);
			grants.delete(grantId);
		}
	};
}
