// The main path of a student, as a program whose types come from the API description alone. It is
// compiled, not run: what TypeScript knows of each answer is what is tested.
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

type Course = components["schemas"]["Course"];
type Problem = components["schemas"]["Problem"];
type Media = "application/json" | "application/problem+json";

const client = createClient<paths, Media>({
  baseUrl: "http://localhost:6543",
  headers: { Accept: "application/json" },
});

export async function browse(words: string): Promise<string[]> {
  const { data, error } = await client.GET("/courses", {
    params: { query: { q: words, level: "beginner", sort: "rating", limit: 5 } },
  });
  if (!data) throw new Error(told(error));
  const average: number | null | undefined = data.items[0]?.rating.average;
  return data.items.map((course) => `${course.title} (${average ?? "not rated"})`);
}

export async function register(name: string, password: string): Promise<string | null> {
  const { data } = await client.POST("/account/register", {
    body: { username: name, name, email: `${name}@example.com`, password },
  });
  return data ? data.pending_email : null;
}

export async function attend(slug: string): Promise<Course> {
  const path = { slug };
  await client.PUT("/courses/{slug}/enrolment", { params: { path } });
  const review = await client.POST("/courses/{slug}/reviews", {
    params: { path },
    body: { rating: 5, text: "Short, and all of it useful." },
  });
  if (review.response.status === 409) throw new Error(told(review.error));
  const wish = await client.PUT("/wishlists/{key}/{slug}", {
    params: { path: { key: "default", slug } },
    body: { note: "For the long evenings." },
  });
  const wished: boolean | undefined = wish.data?.wished;
  const share = await client.GET("/courses/{slug}/share", { params: { path } });
  console.log(wished, share.data?.targets.map((target) => target.url));
  const course = await client.GET("/courses/{slug}", {
    params: { path, header: { "If-None-Match": '"1.x"' } },
  });
  if (!course.data) throw new Error(told(course.error));
  return course.data;
}

function told(problem: Problem | string | undefined): string {
  if (problem === undefined || typeof problem === "string") return problem ?? "no answer";
  return [problem.detail, ...(problem.errors ?? []).map((fault) => fault.field)].join(" ");
}

// What the description does not have, does not compile.
export async function wrong(): Promise<void> {
  // @ts-expect-error - there is no such address
  await client.GET("/lessons");
  // @ts-expect-error - no level is called so
  await client.GET("/courses", { params: { query: { level: "easy" } } });
  // @ts-expect-error - a review needs its rating
  await client.POST("/courses/{slug}/reviews", { params: { path: { slug: "x" } }, body: {} });
}
