import "claimkit/worker";
