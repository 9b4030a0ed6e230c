/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/test.h"

#include "tests/lib/verifyd.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 30000 /* only a test that fails waits so long */
#define NGINX   "/usr/sbin/nginx"

/* A port that nobody has now; the next who asks gets another. */
static uint16_t free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	(void)close(fd);
	return ntohs(address.sin_port);
}

/* In a child. */
static void log_to(const struct world *w, const char *name)
{
	char path[108];
	int log = open(agentd_path(&w->agentd, name, path), O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (log >= 0) {
		(void)dup2(log, STDOUT_FILENO);
		(void)dup2(log, STDERR_FILENO);
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing running */
}

static int connect_port(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static int connect_local(const struct world *w)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char path[108];

	assert_true(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		       agentd_path(&w->agentd, "verify", path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static void wait_for_local(const struct world *w)
{
	for (int ms = 0; ms < WAIT_MS; ms += 10) {
		int fd = connect_local(w);

		if (fd >= 0) {
			(void)close(fd);
			return;
		}
		(void)poll(NULL, 0, 10);
	}
	fail_msg("nobody listens at FOLDER/verify");
}

static void wait_for_port(uint16_t port, pid_t pid)
{
	for (int ms = 0; ms < WAIT_MS; ms += 10) {
		int fd = connect_port(port);

		if (fd >= 0) {
			(void)close(fd);
			return;
		}
		assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
		(void)poll(NULL, 0, 10);
	}
	fail_msg("nobody listens at port %u", port);
}

void verifyd_start(struct verifyd *verifyd, const struct world *w)
{
	char program[4096], local[108], agent[108], port[32];
	const char *top = getenv("top_builddir");

	*verifyd = (struct verifyd){ .port = free_port() };
	(void)snprintf(program, sizeof(program), "%s/idp-verifyd/idp-verifyd", top ? top : ".");
	(void)snprintf(port, sizeof(port), "127.0.0.1:%u", verifyd->port);
	agentd_path(&w->agentd, "verify", local);
	agentd_path(&w->agentd, "agent", agent);
	verifyd->pid = fork();
	assert_true(verifyd->pid >= 0);
	if (verifyd->pid == 0) {
		log_to(w, "verifyd.log");
		(void)execl(program, program, "--listen", port, "--listen", local, "--agent", agent,
			    (char *)NULL);
		_exit(127);
	}
	wait_for_port(verifyd->port, verifyd->pid);
	wait_for_local(w);
}

bool verifyd_has_said(const struct world *w, const char *text)
{
	char path[108], line[4096];
	FILE *log = fopen(agentd_path(&w->agentd, "verifyd.log", path), "re");
	bool said = false;

	assert_non_null(log);
	while (!said && fgets(line, sizeof(line), log))
		said = strstr(line, text);
	(void)fclose(log);
	return said;
}

static void end_child(pid_t pid, int signal)
{
	int status = -1;

	assert_int_equal(kill(pid, signal), 0);
	for (int ms = 0; ms < WAIT_MS && waitpid(pid, &status, WNOHANG) == 0; ms += 5)
		(void)poll(NULL, 0, 5);
	assert_int_equal(status, 0);
}

void verifyd_end(struct verifyd *verifyd, const struct world *w)
{
	char path[108], line[4096];
	FILE *log;

	end_child(verifyd->pid, SIGTERM);
	log = fopen(agentd_path(&w->agentd, "verifyd.log", path), "re");
	assert_non_null(log);
	while (fgets(line, sizeof(line), log))
		assert_null(strstr(line, AGENTD_TOKEN));
	(void)fclose(log);
}

/* ---- nginx ---- */

bool nginx_exists(void)
{
	return access(NGINX, X_OK) == 0;
}

const char *const verifyd_headers[] = { "Idp-User",     "Idp-Subject",   "Idp-Kind",
					"Idp-Scopes",   "Idp-Reason",    "Idp-Provider",
					"Idp-Issuer",   "Idp-Client",    "Idp-Purpose",
					"Idp-Eservice", "Idp-Consumer",  "Idp-Tenant",
					"Idp-Acr",      "Idp-Auth-Time", "Idp-Rule",
					"Idp-Roles",    "Idp-Groups",    "Idp-Omitted",
					"Idp-Method",   "Idp-Url",       NULL };

/* What the back end says: each header above, as it has come. */
static void put_said(FILE *out)
{
	for (size_t i = 0; verifyd_headers[i]; i++) {
		char name[32];
		size_t n = 0;

		for (const char *p = verifyd_headers[i] + strlen("Idp-"); *p; p++)
			name[n++] = *p == '-' ? '_' : (char)tolower((unsigned char)*p);
		name[n] = '\0';
		(void)fprintf(out, "%s%s=$http_idp_%s", i > 0 ? " " : "", name, name);
	}
}

/* The example that is shipped, with this test's places in the place of its own. */
static void put_example(FILE *out, uint16_t port)
{
	static const char *const from[] = { "unix:/run/idp/verify.sock;", "127.0.0.1:8080;",
					    "http://127.0.0.1:9000/;" };
	const char *top = getenv("top_srcdir");
	char path[4096], line[1024], to[3][64];
	FILE *example;

	(void)snprintf(path, sizeof(path), "%s/etc/nginx.example", top ? top : ".");
	(void)snprintf(to[0], sizeof(to[0]), "unix:@/verify;");
	(void)snprintf(to[1], sizeof(to[1]), "127.0.0.1:%u;", port);
	(void)snprintf(to[2], sizeof(to[2]), "http://unix:@/back:/;");
	example = fopen(path, "re");
	assert_non_null(example);
	while (fgets(line, sizeof(line), example)) {
		for (size_t i = 0; i < ELEMENTSOF(from); i++) {
			char *at = strstr(line, from[i]);

			if (!at)
				continue;
			(void)fprintf(out, "%.*s%s\n", (int)(at - line), line, to[i]);
			line[0] = '\0';
			break;
		}
		(void)fputs(line, out);
	}
	(void)fclose(example);
}

void nginx_start(struct verifyd *verifyd, const struct world *w)
{
	char *text = NULL, path[108];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	verifyd->nginx_port = free_port();
	(void)fputs("daemon off;\nmaster_process off;\npid @/nginx.pid;\n"
		    "error_log @/nginx.log;\nevents { worker_connections 256; }\nhttp {\n"
		    "access_log off;\n"
		    "client_body_temp_path @/n1; proxy_temp_path @/n2; fastcgi_temp_path @/n3;\n"
		    "uwsgi_temp_path @/n4; scgi_temp_path @/n5;\n",
		    out);
	put_example(out, verifyd->nginx_port);
	(void)fputs("server {\n"
		    "listen unix:@/back;\n"
		    "location / { return 200 \"",
		    out);
	put_said(out);
	(void)fputs("\"; }\n}\n}\n", out);
	(void)fclose(out);
	assert_int_equal(agentd_put(&w->agentd, "nginx.conf", text), 0);
	free(text);
	agentd_path(&w->agentd, "nginx.conf", path);
	verifyd->nginx = fork();
	assert_true(verifyd->nginx >= 0);
	if (verifyd->nginx == 0) {
		log_to(w, "nginx.out");
		(void)execl(NGINX, NGINX, "-c", path, "-p", w->agentd.folder, (char *)NULL);
		_exit(127);
	}
	wait_for_port(verifyd->nginx_port, verifyd->nginx);
}

void nginx_end(struct verifyd *verifyd)
{
	end_child(verifyd->nginx, SIGTERM);
}

/* ---- clients ---- */

int http_open_local(const struct world *w)
{
	int fd = connect_local(w);

	assert_true(fd >= 0);
	return fd;
}

int http_open_port(uint16_t port)
{
	int fd = connect_port(port);

	assert_true(fd >= 0);
	return fd;
}

void http_write(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return; /* it has heard enough: what it said is there to read */
		assert_true(n > 0);
		text += n;
		len -= (size_t)n;
	}
}

static size_t length_of(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");

	return end ? (size_t)(end - text) + 4 +
			       strtoul(http_header(text, "Content-Length"), NULL, 10)
		   : SIZE_MAX;
}

const char *http_read(int fd)
{
	static char text[65536];
	size_t len = 0;

	text[0] = '\0';
	while (len < length_of(text) && len < sizeof(text) - 1) {
		struct pollfd pollfd = { .fd = fd, .events = POLLIN };
		ssize_t n;

		assert_int_equal(poll(&pollfd, 1, WAIT_MS), 1);
		n = recv(fd, text + len, sizeof(text) - 1 - len, 0);
		if (n <= 0)
			return text;
		len += (size_t)n;
		text[len] = '\0';
	}
	return text;
}

const char *http_header(const char *answer, const char *name)
{
	static char value[4096];
	size_t len = strlen(name);

	value[0] = '\0';
	for (const char *line = strstr(answer, "\r\n"); line && strncmp(line, "\r\n\r\n", 4) != 0;
	     line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':')
			(void)snprintf(value, sizeof(value), "%.*s",
				       (int)strcspn(line + len + 4, "\r"), line + len + 4);
	return value;
}
